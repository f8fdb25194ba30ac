//! The second step: the module with the cases.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, LitStr, Path, ReturnType, Signature, Token, braced, parenthesized};

use crate::args::{Args, Given, Setting};
use crate::fallback::Mistakes;
use crate::suite::{Case, Family, Suite};
use crate::validate::{unmet, validate};

/// Writes the module, or the mistakes.
pub(crate) fn with_list(input: TokenStream) -> TokenStream {
    let Input { krate, arguments, factory, suite } = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut mistakes = Mistakes::default();
    let args = Args::parse(arguments, &mut mistakes);
    validate(&args, &suite, &mut mistakes);
    match factory {
        Some(factory) if mistakes.is_empty() => Expansion { krate, args, factory, suite }.tokens(),
        _ => mistakes.into_tokens(),
    }
}

/// What the first step and the list's macro hand over.
struct Input {
    krate: Path,
    arguments: TokenStream,
    /// `None` where the first step found a mistake in the function.
    factory: Option<Factory>,
    suite: Suite,
}

struct Factory {
    attributes: Vec<Attribute>,
    signature: Signature,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let handed;
        braced!(handed in input);
        let (krate, arguments, factory);
        handed.parse::<Token![crate]>()?;
        handed.parse::<Token![=]>()?;
        parenthesized!(krate in handed);
        let krate = krate.call(Path::parse_mod_style)?;
        handed.parse::<Ident>()?;
        handed.parse::<Token![=]>()?;
        braced!(arguments in handed);
        handed.parse::<Ident>()?;
        handed.parse::<Token![=]>()?;
        braced!(factory in handed);
        Ok(Self {
            krate,
            arguments: arguments.parse()?,
            factory: if factory.is_empty() { None } else { Some(factory.parse()?) },
            suite: input.parse()?,
        })
    }
}

impl Parse for Factory {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { attributes: input.call(Attribute::parse_outer)?, signature: input.parse()? })
    }
}

struct Expansion {
    krate: Path,
    args: Args,
    factory: Factory,
    suite: Suite,
}

impl Expansion {
    fn tokens(&self) -> TokenStream {
        let (opening, cases) = (self.opening(), self.cases());
        let name = &self.factory.signature.ident;
        let (subject, allowed) = (self.subject(), self.attributes("allow"));
        let cfg: Vec<_> = self.attributes("cfg").collect();
        quote! {
            #opening

            // Without `cfg(test)` there are no tests, and what they use is not dead for that.
            #(#cfg)*
            #(#allowed)*
            #[allow(dead_code, non_snake_case)]
            mod #name {
                #subject
                #cases
            }
        }
    }

    fn attributes(&self, name: &'static str) -> impl Iterator<Item = &Attribute> {
        self.factory.attributes.iter().filter(move |attribute| attribute.path().is_ident(name))
    }

    /// The path of what the expansion uses.
    fn support(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::conformance::expansion)
    }

    /// The name of the function that calls the factory. It stands beside the factory, and is looked up from the module: in
    /// the body of a function that fails, and then the name is what the compiler says.
    fn opening_name(&self) -> Ident {
        let name = &self.factory.signature.ident;
        Ident::new(&format!("{}_has_to_stand_in_a_module_and_not_in_a_function", name.unraw()), name.span())
    }

    /// The function that calls the factory. A wrong parameter or return type is an error of this function alone, and its
    /// place is that of the type.
    fn opening(&self) -> TokenStream {
        let (support, name) = (self.support(), self.opening_name());
        let context = Ident::new("context", Span::mixed_site());
        let Signature { ident, asyncness, inputs, output, .. } = &self.factory.signature;
        let parameter = inputs.iter().map(|parameter| {
            let span = match parameter {
                FnArg::Typed(typed) => typed.ty.span(),
                FnArg::Receiver(receiver) => receiver.span(),
            };
            quote_spanned!(span=> #support::Parameter::from_context(#context))
        });
        let span = match output {
            ReturnType::Type(_, returned) => returned.span(),
            ReturnType::Default => ident.span(),
        };
        let mut factory = ident.clone();
        factory.set_span(span);
        let context = if inputs.is_empty() { quote!(_) } else { quote!(#context) };
        let await_it = asyncness.map(|_| quote_spanned!(span=> .await));
        let call = quote_spanned!(span=> #support::into_store(#factory(#(#parameter),*) #await_it));
        let cfg = self.attributes("cfg");
        quote! {
            #(#cfg)*
            #[doc(hidden)]
            #[allow(dead_code, non_snake_case)]
            fn #name(#context: &'static #support::Context) -> #support::Opening {
                #support::opening(async move { #call })
            }
        }
    }

    /// The constant that every case hands to the runner.
    fn subject(&self) -> TokenStream {
        let (support, opening) = (self.support(), self.opening_name());
        let ident = &self.factory.signature.ident;
        let name = ident.unraw().to_string();
        let settings = self.settings();
        let file = quote_spanned!(ident.span()=> ::core::file!());
        let line = quote_spanned!(ident.span()=> ::core::line!());
        quote! {
            const SUBJECT: &#support::Subject = &#support::Subject {
                name: #name,
                module: ::core::module_path!(),
                file: #file,
                line: #line,
                open: &super::#opening,
                settings: #support::Settings { #settings ..#support::Settings::DEFAULT },
            };
        }
    }

    fn settings(&self) -> TokenStream {
        let support = self.support();
        let claims: Vec<_> = self.args.claims().map(ToString::to_string).collect();
        let claims = (!claims.is_empty()).then(|| quote!(claims: &[#(#claims),*],));
        let limits = ["max_key_len", "max_value_len"].into_iter().filter_map(|name| {
            let limit = self.number(name)?;
            let field = format_ident!("{name}");
            Some(quote!(#field: ::core::option::Option::Some(#limit),))
        });
        let durations = ["deadline", "grace"].into_iter().filter_map(|name| match self.args.word(name)?.setting {
            Setting::Duration(duration) => {
                let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
                let field = format_ident!("{name}");
                Some(quote!(#field: ::core::time::Duration::from_nanos(#nanoseconds),))
            }
            _ => None,
        });
        let expected = self.args.reasons("expect_failure").iter().map(|reason| {
            let (path, why) = (reason.path(), &reason.why);
            quote!((#path, #why))
        });
        let expected: Vec<_> = expected.collect();
        let expected = (!expected.is_empty()).then(|| quote!(expect_failure: &[#(#expected),*],));
        let runtime = self.runtime().map(|runtime| quote!(runtime: #support::Runtime::#runtime,));
        quote!(#claims #(#limits)* #(#durations)* #expected #runtime)
    }

    fn runtime(&self) -> Option<TokenStream> {
        let flag = |name| matches!(self.args.word(name), Some(Given { setting: Setting::Flag(true), .. }));
        let is_multi_thread = |given: &Given| matches!(given.setting, Setting::MultiThread(true));
        if self.args.word("flavor").is_some_and(is_multi_thread) {
            let threads = self.number("worker_threads").map_or_else(
                || quote!(::core::option::Option::None),
                |threads| quote!(::core::option::Option::Some(#threads)),
            );
            return Some(quote!(MultiThread { worker_threads: #threads }));
        }
        flag("start_paused").then(|| quote!(CurrentThread { start_paused: true }))
    }

    fn number(&self, word: &str) -> Option<usize> {
        match self.args.word(word)?.setting {
            Setting::Number(number) => Some(number),
            _ => None,
        }
    }

    fn cases(&self) -> TokenStream {
        self.suite.0.iter().map(|family| self.family(family)).collect()
    }

    fn family(&self, family: &Family) -> TokenStream {
        let name = &family.name;
        let cases = family.cases.iter().map(|case| self.case(family, case));
        quote!(mod #name { #(#cases)* })
    }

    fn case(&self, family: &Family, case: &Case) -> TokenStream {
        let support = self.support();
        let tokio = LitStr::new(&path_text(&quote!(#support::tokio)), Span::call_site());
        let ignore = self.ignore(family, case);
        let (name, path) = (&case.name, format!("{}::{}", family.name, case.name));
        quote! {
            #ignore
            #[#support::tokio::test(crate = #tokio)]
            async fn #name() { #support::run(super::SUBJECT, #path) }
        }
    }

    /// The attribute of a case that is not to run, with the first reason that there is.
    fn ignore(&self, family: &Family, case: &Case) -> Option<TokenStream> {
        let mut skipped = self.args.reasons("skip").iter();
        let names = |reason: &&crate::args::Reason| {
            reason.family == family.name && reason.case.as_ref().is_none_or(|name| *name == case.name)
        };
        let reason = if let Some(reason) = skipped.find(names) {
            reason.why.value()
        } else if let Some(reason) = unmet(case, &self.args) {
            reason
        } else if self.args.word("records").is_some() {
            "records: this version of the suite has no cases for validated records yet".to_owned()
        } else {
            return self.attributes("ignore").next().map(ToTokens::to_token_stream);
        };
        Some(quote!(#[ignore = #reason]))
    }
}

/// A path as text, without the spaces that tokens are printed with.
fn path_text(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}
