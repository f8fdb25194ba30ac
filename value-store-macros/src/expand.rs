//! The second step: the module with the cases.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Path, ReturnType, Signature};

use crate::args::{Args, Given};
use crate::disk;
use crate::fallback::Mistakes;
use crate::handover::{Factory, Input};
use crate::reasons::Reason;
use crate::setting::Setting;
use crate::suite::{Case, Family, Suite};
use crate::validate::{unmet, validate};

/// The module, or the compile errors of the mistakes.
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

struct Expansion {
    krate: Path,
    args: Args,
    factory: Factory,
    suite: Suite,
}

impl Expansion {
    fn tokens(&self) -> TokenStream {
        let (krate, name, place) = (&self.krate, &self.factory.signature.ident, self.place());
        let (opening, subject, cases) = (opening(&self.factory.signature), self.subject(), self.cases());
        let cfg: Vec<_> = self.attributes("cfg").collect();
        let allowed = self.attributes("allow");
        // An `impl` cannot hold a module. Everything of the module has the span of the name, so the compiler says so
        // there.
        let module = quote_spanned!(name.span()=> mod #name);
        let records = self.records();
        let the_records = records.as_ref().map(|(name, _)| quote!(, #name as the_records));
        let constant = records.map(|(_, constant)| constant);
        let import = quote_spanned!(name.span()=> {#place as _, #name as the_factory #the_records});
        let mut body = Group::new(
            Delimiter::Brace,
            quote! {
                use #krate::conformance::expansion;
                // Nothing uses the first. Its import fails if the factory stands in a function.
                use super::#import;

                #opening
                #subject
                #cases
            },
        );
        body.set_span(name.span());
        quote! {
            #(#cfg)*
            #[allow(dead_code, non_upper_case_globals)]
            const #place: () = ();
            #constant

            // Without `cfg(test)` there are no tests, and so nothing uses what they would. An attribute with every word leaves
            // no setting to its default.
            #(#cfg)*
            #(#allowed)*
            #[allow(dead_code, non_snake_case, unused_imports, clippy::needless_update)]
            #module #body
        }
    }

    fn attributes(&self, name: &'static str) -> impl Iterator<Item = &Attribute> {
        self.factory.attributes.iter().filter(move |attribute| attribute.path().is_ident(name))
    }

    /// The name of a constant that stands beside the factory and is imported by the module. If the factory stands in
    /// the body of a function, that import fails, and the compiler's error shows the name.
    fn place(&self) -> Ident {
        let name = &self.factory.signature.ident;
        Ident::new(&format!("{}_has_to_stand_in_a_module_and_not_in_a_function", name.unraw()), name.span())
    }

    /// The name and the definition of a constant that refers to the generator of records, if there is one. The constant
    /// stands beside the factory, where the path means what its writer meant.
    fn records(&self) -> Option<(Ident, TokenStream)> {
        let Some(Given { setting: Setting::Path(path), .. }) = self.args.word("records") else { return None };
        let krate = &self.krate;
        let name = format_ident!("{}_has_its_records_from", self.factory.signature.ident.unraw());
        let cfg = self.attributes("cfg");
        let reference = quote_spanned!(ends(path).0=> &);
        let constant = quote! {
            #(#cfg)*
            #[allow(dead_code, non_upper_case_globals)]
            const #name: &dyn #krate::conformance::records::Records = #reference #path;
        };
        Some((name, constant))
    }

    /// What every case hands to `run`. It is a static, because a constant would be compiled again, with all that
    /// it refers to, for each module that names it.
    fn subject(&self) -> TokenStream {
        let ident = &self.factory.signature.ident;
        let name = ident.unraw().to_string();
        let settings = self.settings();
        let file = quote_spanned!(ident.span()=> ::core::file!());
        let line = quote_spanned!(ident.span()=> ::core::line!());
        quote! {
            static SUBJECT: expansion::Subject = expansion::Subject {
                name: #name,
                module: ::core::module_path!(),
                file: #file,
                line: #line,
                open: &opening,
                settings: expansion::Settings { #settings ..expansion::Settings::DEFAULT },
            };
        }
    }

    fn settings(&self) -> TokenStream {
        let claims: Vec<_> = self.args.claims().map(variant).collect();
        let claims = (!claims.is_empty()).then(|| quote!(claims: &[#(expansion::Claim::#claims),*],));
        let limits = ["max_key_len", "max_value_len"].into_iter().filter_map(|name| {
            let limit = self.number(name)?;
            let field = format_ident!("{name}");
            Some(quote!(#field: ::core::option::Option::Some(#limit),))
        });
        let durations =
            ["propagation", "deadline", "grace"].into_iter().filter_map(|name| match self.args.word(name)?.setting {
                Setting::Duration(duration) => {
                    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
                    let field = format_ident!("{name}");
                    Some(quote!(#field: ::core::time::Duration::from_nanos(#nanoseconds),))
                }
                _ => None,
            });
        let reasons = ["skip", "expect_failure"].into_iter().filter_map(|word| {
            let named = self.args.reasons(word).iter().map(|reason| {
                let (path, why) = (reason.path(), &reason.why);
                quote!((#path, #why))
            });
            let (named, field): (Vec<_>, _) = (named.collect(), format_ident!("{word}"));
            (!named.is_empty()).then(|| quote!(#field: &[#(#named),*],))
        });
        let runtime = self.runtime().map(|runtime| quote!(runtime: expansion::Runtime::#runtime,));
        let records = self.args.word("records").map(|_| quote!(records: ::core::option::Option::Some(the_records),));
        quote!(#claims #(#limits)* #records #(#durations)* #(#reasons)* #runtime)
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
        quote! {
            mod #name {
                use super::SUBJECT;
                use super::expansion::{run, tokio};

                #(#cases)*
            }
        }
    }

    fn case(&self, family: &Family, case: &Case) -> TokenStream {
        let ignore = self.ignore(family, case);
        let (name, path) = (&case.name, format!("{}::{}", family.name, case.name));
        quote! {
            #ignore
            #[tokio::test]
            async fn #name() { run(&SUBJECT, #path) }
        }
    }

    /// The `#[ignore]` of a case that does not run, with the first reason that applies.
    fn ignore(&self, family: &Family, case: &Case) -> Option<TokenStream> {
        let mut skipped = self.args.reasons("skip").iter();
        let names = |reason: &&Reason| {
            reason.family == family.name && reason.case.as_ref().is_none_or(|name| *name == case.name)
        };
        let skipped = skipped.find(names).map(|reason| reason.why.value());
        let needs_a_disk = case.needs.iter().any(|need| *need == disk::NEED);
        let no_disk = || needs_a_disk.then(disk::unusable).flatten();
        match skipped.or_else(|| unmet(case, &self.args)).or_else(no_disk) {
            Some(reason) => Some(quote!(#[ignore = #reason])),
            None => self.attributes("ignore").next().map(ToTokens::to_token_stream),
        }
    }
}

/// The variant of a claim: `PowerLoss` for `power_loss`.
fn variant(claim: &Ident) -> Ident {
    let capitalized = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    let name: String = claim.to_string().split('_').map(capitalized).collect();
    Ident::new(&name, Span::call_site())
}

/// The function that calls the factory. A wrong parameter or return type is an error in this function alone, with the
/// span of the type.
fn opening(factory: &Signature) -> TokenStream {
    let context = Ident::new("context", Span::mixed_site());
    let parameters = factory.inputs.iter().map(|parameter| match parameter {
        FnArg::Typed(typed) => {
            // Located there, but not resolved there: otherwise the compiler gives wrong advice for how to change it.
            let (first, last) = ends(&typed.ty);
            let (first, last) = (Span::call_site().located_at(first), Span::call_site().located_at(last));
            let call = quote_spanned!(last=> (#context));
            quote_spanned!(first=> expansion::Parameter::from_context #call)
        }
        FnArg::Receiver(_) => unreachable!("the first step lets no method through"),
    });
    let pattern = if factory.inputs.is_empty() { quote!(_) } else { quote!(#context) };
    let (first, last) = match &factory.output {
        ReturnType::Type(_, returned) => ends(returned),
        ReturnType::Default => unreachable!("the first step lets no factory through that returns nothing"),
    };
    let name = quote_spanned!(first=> the_factory);
    let await_it = factory.asyncness.map(|_| quote_spanned!(last=> .await));
    let returned = quote_spanned!(last=> (#name (#(#parameters),*) #await_it));
    let into_store = quote_spanned!(first=> expansion::into_store);
    quote! {
        fn opening(#pattern: &'static expansion::Context) -> expansion::Opening {
            expansion::opening(async move { #into_store #returned })
        }
    }
}

/// The spans of the first and the last token.
fn ends(tokens: impl ToTokens) -> (Span, Span) {
    let mut spans = tokens.into_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/snapshots/expansion.rs.txt");

    /// The expansion of a small factory, for a list of two families.
    fn expansion() -> String {
        let tokens = with_list(quote! {
            {
                crate = (::value_store)
                arguments = { deadline = "5s", skip(overwrite::second_put_wins = "one put only") }
                factory = {
                    #[cfg(unix)]
                    #[allow(deprecated)]
                    async fn memory(context: &Context) -> io::Result<MemoryStore>
                }
            }
            overwrite after round_trip::put_then_get {
                "PUT-2: get returns the value of the later put"
                second_put_wins;
                "PUT-2: a put to one key changes no other"
                other_keys_untouched after overwrite::second_put_wins, round_trip::get_repeats;
            }
            durable {
                "DUR-1: a value is there when the store is opened again"
                value_survives if durable unless records after overwrite::second_put_wins;
            }
        });
        prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is a file of Rust"))
    }

    #[test]
    fn a_case_is_one_line() {
        let expansion = expansion();
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(SNAPSHOT, &expansion).expect("the snapshot can be written");
        }
        let snapshot = fs::read_to_string(SNAPSHOT).unwrap_or_default();
        assert!(
            expansion == snapshot,
            "the expansion is not the one in {SNAPSHOT}. If it is meant to be, run this again with UPDATE_SNAPSHOTS=1, and \
             read what changed. It is now:\n{expansion}"
        );
    }
}
