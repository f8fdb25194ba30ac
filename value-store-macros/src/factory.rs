//! The first step: whether the annotated function can be a factory.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, FnArg, GenericParam, Item, ItemFn, ReturnType, Safety, Signature};

use crate::args::Args;
use crate::fallback::Mistakes;
use crate::handover::second_step;

/// Keeps the function, and hands over what was checked.
pub(crate) fn attribute(arguments: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut function = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) => function,
        Ok(other) => return with_error(item, &misplaced(&other)),
        Err(error) => return with_error(item, &error),
    };
    let mut mistakes = Mistakes::default();
    check(&function, &mut mistakes);
    let carried = take_carried_attributes(&mut function);

    let signature = &function.sig;
    let factory = if mistakes.is_empty() { quote!(#(#carried)* #signature) } else { TokenStream::new() };
    let cfg: Vec<_> = carried.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();

    let mut unread = Mistakes::default();
    let next = match Args::parse(arguments.clone(), &mut unread).krate() {
        Some(krate) => second_step(&krate, arguments, &factory),
        // Without the path there is no list, so only the mistakes in the arguments by themselves can be reported.
        None => unread.into_tokens(),
    };
    let mistakes = mistakes.into_tokens();
    take_reported(&mut function);
    quote!(#function #mistakes #(#cfg)* #next)
}

/// Removes from the function what is reported already, and what the compiler would report again.
fn take_reported(function: &mut ItemFn) {
    function.sig.constness = None;
    function.sig.variadic = None;
    if matches!(function.sig.output, ReturnType::Default) {
        let block = &function.block;
        function.block = syn::parse_quote!({ let _ = #block; });
    }
}

fn with_error(item: &TokenStream, error: &syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#item #error)
}

/// The error for an item that is not a function, at its keyword.
fn misplaced(item: &Item) -> syn::Error {
    let (blame, what): (&dyn ToTokens, _) = match item {
        Item::Struct(item) => (&item.struct_token, "a struct"),
        Item::Enum(item) => (&item.enum_token, "an enum"),
        Item::Impl(item) => (&item.impl_token, "an impl block"),
        Item::Trait(item) => (&item.trait_token, "a trait"),
        Item::Mod(item) => (&item.mod_token, "a module"),
        Item::Const(item) => (&item.const_token, "a constant"),
        Item::Static(item) => (&item.static_token, "a static"),
        Item::Type(item) => (&item.type_token, "a type alias"),
        Item::Use(item) => (&item.use_token, "a use declaration"),
        // Among others, a function without a body.
        other => (other, "this"),
    };
    let message = format!(
        "#[value_store_tests] goes on a function that opens a store, and not on {what}; write \
         `#[value_store_tests] fn my_store() -> MyStore {{ … }}`"
    );
    syn::Error::new_spanned(blame, message)
}

fn check(function: &ItemFn, mistakes: &mut Mistakes) {
    let Signature { constness, safety, abi, ident, generics, inputs, variadic, output, .. } = &function.sig;
    if let Some(constness) = constness {
        mistakes.add(constness, "a factory runs while the tests do: remove `const`");
    }
    if let Safety::Unsafe(unsafety) = safety {
        mistakes.add(unsafety, "the suite calls the factory from safe code: remove `unsafe`");
    }
    if let Some(abi) = abi {
        mistakes.add(abi, "the suite calls the factory from Rust: remove this `extern`");
    }
    for parameter in &generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                "a context lives as long as its stores: remove this, and write `&Context`, and `'_` where a store borrows"
            }
            _ => "a factory opens stores of one type: remove this, and write a factory for each type",
        };
        mistakes.add(parameter, message);
    }
    if let Some(variadic) = variadic {
        mistakes.add(variadic, PARAMETERS);
    }
    check_parameters(inputs.iter(), mistakes);
    if matches!(output, ReturnType::Default) {
        mistakes.add(ident, "a factory returns the store that it opened: add `-> MyStore`");
    }
    function.attrs.iter().for_each(|attribute| check_attribute(attribute, mistakes));
}

const PARAMETERS: &str = "a factory takes no parameter, or one of type `&Context`: remove this";

fn check_parameters<'a>(parameters: impl Iterator<Item = &'a FnArg>, mistakes: &mut Mistakes) {
    for (number, parameter) in parameters.enumerate() {
        match parameter {
            FnArg::Receiver(receiver) => mistakes
                .add(receiver, "a factory is a function by itself: move it out of the `impl`, and remove `self`"),
            FnArg::Typed(typed) if matches!(*typed.ty, syn::Type::ImplTrait(_)) => {
                mistakes.add(&typed.ty, "the suite gives a factory its `&Context`, and nothing else: write `&Context`");
            }
            typed if number > 0 => mistakes.add(typed, PARAMETERS),
            FnArg::Typed(_) => {}
        }
    }
}

fn check_attribute(attribute: &Attribute, mistakes: &mut Mistakes) {
    let Some(last) = attribute.path().segments.last() else { return };
    if last.ident == "value_store_tests" {
        mistakes.add(attribute.path(), "#[value_store_tests] is there already: put all arguments into one");
    } else if last.ident == "test" || last.ident == "bench" {
        let message = "a factory is no test itself: remove this, #[value_store_tests] makes the tests";
        mistakes.add(attribute.path(), message);
    }
}

/// Removes the attributes that are about tests from the function, and those that would make it a test. Returns those
/// that apply to the cases.
fn take_carried_attributes(function: &mut ItemFn) -> Vec<Attribute> {
    let is = |attribute: &Attribute, names: &[&str]| {
        attribute.path().segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
    };
    let carried =
        function.attrs.iter().filter(|attribute| is(attribute, &["cfg", "ignore", "allow"])).cloned().collect();
    function.attrs.retain(|attribute| !is(attribute, &["ignore", "test", "bench", "value_store_tests"]));
    carried
}
