//! Expansions, compared with the files in `snapshots/`. `.ci/bless derive` writes them. Read the
//! difference like code.

use std::path::Path;
use std::{env, fs};

use crate::input::Kind;

/// Expands the item in `snapshots/NAME.in.rs` and compares with `snapshots/NAME.out.rs`, or
/// `NAME.async.out.rs`.
fn snapshot(kind: Kind, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots");
    let item = fs::read_to_string(folder.join(format!("{name}.in.rs"))).expect("an item");
    let item = item.parse().expect("tokens");
    let file = syn::parse2(crate::derive::derive(kind, item)).expect("items");
    let expansion = prettyplease::unparse(&file);
    let suffix = if kind == Kind::AsyncDispose { "async.out.rs" } else { "out.rs" };
    let path = folder.join(format!("{name}.{suffix}"));
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &expansion).expect("the snapshot is writable");
    }
    let expected = fs::read_to_string(&path).expect("a snapshot; `.ci/bless derive` makes it");
    assert_eq!(expansion, expected, "the expansion of {name} differs from {}", path.display());
    expansion
}

/// Expands the item, without spaces.
fn expand(kind: Kind, item: &str) -> String {
    let item = item.parse().expect("tokens");
    crate::derive::derive(kind, item).to_string().replace(' ', "")
}

#[test]
fn two_resources_expand_to_under_40_lines() {
    let expansion = snapshot(Kind::Dispose, "two_resources");
    assert!(expansion.lines().count() < 40, "{}", expansion.lines().count());
}

#[test]
fn a_list() {
    snapshot(Kind::Dispose, "list");
}

#[test]
fn a_closure_that_reaches_the_next_node_has_it_in_its_place() {
    let expand = |item: &str| expand(Kind::Dispose, item);
    let is_seen = |expansion: &str| {
        let is_unseen = expansion.contains("Unlinking::Unseen");
        assert_eq!(is_unseen, expansion.contains("is_exclusive::<Option<u8>>()"), "{expansion}");
        !is_unseen
    };
    let named = |closure: &str| {
        is_seen(&expand(&format!(
            "struct Node {{ #[unmanaged(release = {closure})] id: Option<u8>, d: u8,
                #[dispose] next: Option<Box<Self>> }}"
        )))
    };
    let numbered = |closure: &str| {
        is_seen(&expand(&format!(
            "struct Node(#[unmanaged(release = {closure})] Option<u8>, #[dispose] Option<Box<Self>>);"
        )))
    };
    for body in [
        "f(x, self)",
        "f(self.d, self)",
        "self.next.take()",
        "self.r#next.take()",
        "self.refill(x)",
        "self.refill::<u8>(x)",
        "m!(self.d)",
        "m!(x)",
        "println!(\"{\\u{73}elf:?}\")",
        "println!(\"{\\x73elf:?}\")",
        "println!(\"{se\\\n lf:?}\")",
        "println!(r\"{self:?}\")",
        "println!(\"{x:self$}\")",
        "println!(\"{self\\t}\")",
        "println!(\"{self\\n:?}\")",
        "println!(\"{self\u{a0}:?}\")",
        "other::println!(\"{x}\")",
        "println!(\"{self:?}\")",
        "println!(\"{}\", self.d)",
        "debug!(info, (\"{self}\"))",
        "with!(use self; seen)",
        "path!(self::next)",
        "self.d(x)",
        "self.d::<u8>(x)",
        "f(self.e)",
        "self.r#d.f()",
        "{ let Self { next, .. } = self; }",
        "f(self..x)",
    ] {
        assert!(named(&format!("|x| {body}")), "{body}");
    }
    for body in [
        "f(x)",
        "f(self.d, x)",
        "self.d.f(x)",
        "(self.d)(x)",
        "f(self.d.e)",
        "println!(\"{x}\")",
        "std::println!(\"{x}\")",
        "println!(\"by itself in C:\\\\users\")",
        "matches!(x, 1)",
        "cfg!(debug_assertions)",
        "std::ptr::addr_of!(x)",
    ] {
        assert!(!named(&format!("|x| {body}")), "{body}");
    }
    for body in ["self.1.take()", "f(self.1.0)", "f(self.1usize)", "f(self.2)"] {
        assert!(numbered(&format!("|x| {body}")), "{body}");
    }
    for body in ["self.0.take()", "f(self.0.1)"] {
        assert!(!numbered(&format!("|x| {body}")), "{body}");
    }
}

#[test]
fn a_list_is_exclusive_where_nothing_but_its_owner_can_fill_it() {
    let is_exclusive = |fields: &str| {
        let item = format!("struct Node {{ {fields} #[dispose] next: Option<Box<Self>> }}");
        let expansion = expand(Kind::Dispose, &item);
        let (_, behind) =
            expansion.split_once("fnis_exclusive()->::core::primitive::bool{").expect("a list");
        behind.split_once('}').expect("its end").0.to_owned()
    };
    let own = "::dispose_core::__private::is_exclusive::<*mutu8>()";
    for (fields, exclusive) in [
        ("", "true"),
        ("name: String,", "true"),
        ("#[unmanaged(release = f, invalid = -1)] fd: i32,", "true"),
        ("#[unmanaged(release = f)] p: *mut u8,", own),
        (
            "#[unmanaged(release = f, invalid = -1)] fd: i32, #[unmanaged(release = f)] p: *mut u8,",
            own,
        ),
        ("#[unmanaged(release = f, invalid = NONE)] fd: i32,", "false"),
        ("#[unmanaged(release = f, invalid = [0, 9])] fd: i32,", "false"),
        ("#[unmanaged(release = f, invalid = false)] is_open: bool,", "false"),
        ("#[unmanaged(release = f, each)] all: Vec<i32>,", "false"),
        ("#[dispose] part: Part,", "false"),
        ("_pinned: PhantomPinned,", "false"),
        ("_pinned: std::marker::PhantomPinned,", "false"),
        ("#[dispose(skip)] name: String,", "true"),
        ("#[dispose(skip)] tail: *mut Node,", "false"),
        ("#[unmanaged(release = |p| f(self, p))] p: *mut u8,", "false"),
    ] {
        assert_eq!(is_exclusive(fields), exclusive, "{fields}");
    }
}

#[test]
fn other_code_of_the_authors_that_looks_at_the_next_node_has_it_in_its_place() {
    let expansion = |keys: &str| {
        expand(
            Kind::Dispose,
            &format!(
                "struct Node {{ #[unmanaged(release = f, {keys})] id: Id, #[dispose] next: Option<Box<Self>> }}"
            ),
        )
    };
    for (keys, is_seen, exclusive) in [
        ("on_error = keep_if(|_| true)", false, "is_exclusive::<Id>()"),
        ("on_error = keep_if(|_| self.next.is_some())", true, "{false}"),
        ("check = |x| f(x)", false, "is_exclusive::<Id>()"),
        ("check = |x| f(x, self)", true, "{false}"),
        ("invalid = Id", true, "{false}"),
        ("invalid = [0, none()]", true, "{false}"),
        ("invalid = [0, 9]", false, "{false}"),
    ] {
        let expansion = expansion(keys);
        let unlinking = if is_seen { "Unlinking::Seen" } else { "Unlinking::Unseen" };
        assert!(expansion.contains(unlinking), "{keys}: {expansion}");
        assert!(expansion.contains(exclusive), "{keys}: {expansion}");
    }
}

#[test]
fn only_a_part_with_the_standard_librarys_names_is_the_next_node() {
    let is_list = |kind, part: &str| {
        let item = format!("struct Node {{ #[unmanaged(release = f)] id: Option<u8>, {part} }}");
        let expansion = expand(kind, &item);
        let is_list = expansion.contains("nest_next(");
        let says_so = kind == Kind::Dispose && expansion.contains("__private::Listfor");
        assert_eq!(is_list, says_so, "{part}");
        is_list
    };
    for ty in [
        "Option<Box<Self>>",
        "Option<Box<Node>>",
        "std::option::Option<Box<Self>>",
        "::core::option::Option<::std::boxed::Box<Self>>",
        "Option<alloc::boxed::Box<Self>>",
    ] {
        assert!(is_list(Kind::Dispose, &format!("#[dispose] next: {ty}")), "{ty}");
    }
    for ty in [
        "own::Option<Box<Self>>",
        "Option<own::Box<Self>>",
        "option::Option<Box<Self>>",
        "Option<boxed::Box<Self>>",
        "own::option::Option<Box<Self>>",
        "Option<Box<own::Node>>",
        "Option<Box<self::Node>>",
        "Option<Rc<Self>>",
        "Option<Box<Self, A>>",
        "Box<Self>",
    ] {
        assert!(!is_list(Kind::Dispose, &format!("#[dispose] next: {ty}")), "{ty}");
    }
    let next = "next: Option<Box<Self>>";
    for role in ["#[dispose(skip)]", ""] {
        assert!(!is_list(Kind::Dispose, &format!("{role} {next}")), "{role}");
    }
    for role in ["#[dispose]", "#[dispose(async)]"] {
        assert!(is_list(Kind::Dispose, &format!("{role} {next}")), "{role}");
        assert!(!is_list(Kind::AsyncDispose, &format!("{role} {next}")), "{role}");
    }
}

#[test]
fn an_owner_by_value_has_no_next_node() {
    let item = "struct Node { #[unmanaged(release = f)] id: Option<u8>, #[dispose] next: Option<Box<Self>> }";
    let expansion = expand(Kind::Close, item);
    assert!(!expansion.contains("nest_next") && !expansion.contains("is_each_disposed"));
}

#[test]
fn the_last_of_two_next_nodes_is_the_next_one() {
    let expansion = expand(
        Kind::Dispose,
        "struct Node { #[dispose] left: Option<Box<Self>>, #[dispose] right: Option<Box<Self>> }",
    );
    assert!(expansion.contains("nest_next(&mutself.right,"), "{expansion}");
    assert!(!expansion.contains("nest_next(&mutself.left,"), "{expansion}");
    assert!(expansion.contains("Unlinking::Unseen"), "{expansion}");
}

#[test]
fn the_type_itself_is_found_in_the_standard_librarys_containers() {
    let is_found = |ty: &str| {
        let item = format!("struct Node<T> {{ #[unmanaged(release = f)] id: Option<T>, f: {ty} }}");
        expand(Kind::Dispose, &item).contains("found!(::dispose_core::__private::Itself)")
    };
    for ty in [
        "Self",
        "Vec<Node<T>>",
        "Vec<self::Node<T>>",
        "[Self; 4]",
        "(u8, Vec<Self>)",
        "std::vec::Vec<Self>",
        "sync::Mutex<Vec<Self>>",
        "sync::RwLock<vec::Vec<Node<T>>>",
        "sync::OnceLock<Self>",
        "cell::RefCell<Vec<Self>>",
        "cell::Cell<option::Option<boxed::Box<Self>>>",
        "cell::OnceCell<Self>",
        "cell::UnsafeCell<Self>",
        "collections::HashMap<u8, Self>",
        "collections::hash_map::HashMap<u8, Self>",
        "hash_map::HashMap<u8, Self>",
        "collections::VecDeque<Self>",
        "collections::BTreeMap<u8, Self>",
        "collections::LinkedList<Self>",
        "pin::Pin<Box<Self>>",
        "Option<boxed::Box<Self>>",
        "boxed::Box<[Self]>",
        "io::Result<Self>",
        "mem::ManuallyDrop<Self>",
    ] {
        assert!(is_found(ty), "{ty}");
    }
    for ty in [
        "own::Vec<Self>",
        "own::sync::Mutex<Self>",
        "crate::sync::Mutex<Self>",
        "self::sync::Mutex<Self>",
        "::sync::Mutex<Self>",
        "sync::own::Mutex<Self>",
        "sync::Vec<Self>",
        "Vec<own::Node<T>>",
        "Vec<crate::Node<T>>",
        "rc::Rc<Self>",
    ] {
        assert!(!is_found(ty), "{ty}");
    }
}

#[test]
fn a_list_stays_in_its_place_where_a_pass_begins_with_something_else() {
    for item in [
        "struct Node { #[dispose] next: Option<Box<Self>>, #[unmanaged(release = f)] fd: Option<u8> }",
        "#[dispose(before = f)] struct Node { #[dispose] next: Option<Box<Self>> }",
    ] {
        assert!(expand(Kind::Dispose, item).contains("Unlinking::Never"), "{item}");
    }
}

#[test]
fn two_awaited_resources_expand_to_under_60_lines() {
    let sync = snapshot(Kind::Dispose, "two_awaited");
    let awaited = snapshot(Kind::AsyncDispose, "two_awaited");
    let lines = sync.lines().count() + awaited.lines().count();
    assert!(lines < 60, "{lines}");
}

#[test]
fn awaited() {
    snapshot(Kind::Dispose, "awaited");
    snapshot(Kind::AsyncDispose, "awaited");
}

#[test]
fn closure_that_moves() {
    snapshot(Kind::AsyncDispose, "closure_that_moves");
}

#[test]
fn simple_closures_are_no_closures_in_the_expansion() {
    snapshot(Kind::Dispose, "closures");
}

#[test]
fn a_body_that_could_leave_or_holds_a_macro_stays_in_its_closure() {
    let stays = |closure: &str| {
        let item = format!("struct T {{ #[unmanaged(release = {closure})] field: Option<u8> }}");
        let item = item.parse().expect("tokens");
        crate::derive::derive(Kind::Dispose, item).to_string().contains("expression !")
    };
    for body in [
        "f(x?)",
        "x?(1)",
        "x?.f()",
        "x.f(x?)",
        "x? + 1",
        "1 + x?",
        "x?.y",
        "x? as u8",
        "(x?)",
        "&x?",
        "-x?",
        "f!(x)",
        "f(f!(x))",
        "return",
        "break",
        "x.await",
        "{ f(x) }",
        "f({ x })",
        "[x]",
        "(x, x)",
        "x = 1",
        "S { x }",
        "|y| y",
        "if x { y } else { z }",
        "unsafe { f(x) }",
    ] {
        assert!(stays(&format!("|x| {body}")), "{body}");
    }
    for closure in [
        "move |x| f(x)",
        "|x: u8| f(x)",
        "|mut x| f(x)",
        "|_x| f(_x)",
        "|__failures| f(__failures)",
        "|(x)| f(x)",
        "|_| f()",
        "|x| -> u8 { x }",
    ] {
        assert!(stays(closure), "{closure}");
    }
    for body in [
        "x",
        "1",
        "f(x)",
        "x(1)",
        "x.f(1)",
        "x + 1",
        "x.y",
        "x as u8",
        "(x)",
        "&mut x",
        "-x",
        "a::<B>::c(x)",
    ] {
        assert!(!stays(&format!("|x| {body}")), "{body}");
    }
}

#[test]
fn closures_in_variants() {
    snapshot(Kind::Dispose, "closures_in_variants");
}

#[test]
fn every_field_attribute() {
    snapshot(Kind::Dispose, "every_field_attribute");
}

#[test]
fn every_type_attribute() {
    snapshot(Kind::Dispose, "every_type_attribute");
}

#[test]
fn refused() {
    snapshot(Kind::Dispose, "refused");
}

#[test]
fn refused_by_value() {
    snapshot(Kind::Close, "refused_by_value");
}

#[test]
fn by_value() {
    snapshot(Kind::Close, "by_value");
}

#[test]
fn moved_out() {
    snapshot(Kind::Close, "moved_out");
}

#[test]
fn safe_handle() {
    snapshot(Kind::SafeHandle, "safe_handle");
}

#[test]
fn lent() {
    snapshot(Kind::SafeHandle, "lent");
}

#[test]
fn scope_guard() {
    snapshot(Kind::Close, "scope_guard");
}

#[test]
fn no_arm_for_the_rest_where_there_is_none() {
    assert!(!snapshot(Kind::Close, "all_variants").contains("_ =>"));
}

#[test]
fn variants() {
    snapshot(Kind::Dispose, "variants");
}

#[test]
fn variants_by_value() {
    snapshot(Kind::Close, "variants_by_value");
}

#[test]
fn own_close() {
    snapshot(Kind::Close, "own_close");
    snapshot(Kind::Dispose, "own_close_of_several");
}

#[test]
fn retained() {
    snapshot(Kind::Dispose, "retained");
    snapshot(Kind::Close, "retained_by_value");
}

#[test]
fn generics() {
    snapshot(Kind::Dispose, "generics");
}

#[test]
fn items_of_every_shape_are_read() {
    let resource = "#[doc = \"a\"] #[unmanaged(release = f)] #[serde(skip, default = \"f\")] #[dispose::of_a_tool] pub(in a::b)";
    for item in [
        format!("struct S {{ {resource} r#type: Option<u8> }}"),
        format!("struct S {{ {resource} a: Option<u8> = None, b: u8 = 1 + 2, }}"),
        format!("pub struct S({resource} Option<u8>, pub u8,);"),
        format!(
            "pub struct S<'a, T: ?Sized + Fn(u8) -> u8, const N: usize = 3>({resource} Option<&'a T>) where T: Send, for<'b> &'b T: Copy;"
        ),
        format!("struct S<T> where T: Send {{ {resource} a: Option<T> }}"),
        format!(
            "#[repr(u8)] enum E {{ A {{ {resource} a: Option<u8> }} = 1 << 2, #[doc(hidden)] B(u8,) = {{ f::<u8, u8>() }}, C = -1, D, }}"
        ),
    ] {
        let expansion = crate::derive::derive(Kind::Dispose, item.parse().expect("tokens"));
        assert!(!expansion.to_string().contains("compile_error"), "{item}: {expansion}");
    }
}

#[test]
fn what_is_being_typed_stays_in_the_expansion() {
    let expansion = |attribute: &str| {
        let item = format!("struct T {{ {attribute} field: Option<u8>, length: u8 }}");
        let item = item.parse().expect("tokens");
        crate::derive::derive(Kind::Dispose, item).to_string()
    };
    for (attribute, kept) in [
        ("#[unmanaged(release = sys::)]", "sys :: __name_is_missing (__value)"),
        ("#[unmanaged(release = sys::, each)]", "sys :: __name_is_missing (__value)"),
        ("#[unmanaged(release = |x| self.)]", "=> self . __name_is_missing"),
        ("#[unmanaged(release = |x| f(x, self.))]", "f (x , self . __name_is_missing)"),
        ("#[unmanaged(release = |x| { self.; x })]", "{ self . __name_is_missing ; x }"),
        ("#[unmanaged(release = f, invalid = [a::])]", "[a :: __name_is_missing]"),
        ("#[unmanaged(release = |x| m!(self.))]", "m ! (self .)"),
        ("#[unmanaged(release = |x| f(x, { s!(self.$f) }, self.$f))]", "self . $ f))"),
        ("#[unmanaged(release = |x| f(x, 1.., ..x, ..))]", "f (x , 1 .. , .. x , ..)"),
        ("#[unmanaged(relea)]", "offer ! { unmanaged , relea }"),
        ("#[unmanaged()]", "offer ! { unmanaged , __name_is_missing }"),
        ("#[unmanaged(release = f, )]", "offer ! { unmanaged , __name_is_missing }"),
        ("#[unmanaged(unsafe(rel))]", "offer ! { unmanaged_unsafe , rel }"),
        ("#[unmanaged(check = a::b, on_error = keep_if(c))]", "expression ! (a :: b) ; let _"),
        ("#[unmanaged(check = a::b, on_error = keep_if(c))]", "expression ! (c) ;"),
        ("#[unmanaged(unsafe(release = |x| self.y), chek = z)]", "expression ! (| x | self . y) ;"),
    ] {
        let expansion = expansion(attribute);
        // What is kept as it was written has spaces elsewhere.
        let unspaced = |text: &str| text.replace(' ', "");
        assert!(unspaced(&expansion).contains(&unspaced(kept)), "{attribute}: {expansion}");
    }
    assert!(!expansion("#[unmanaged(struct)]").contains("offer"));
}

fn is_refused(item: &str) -> bool {
    let item = item.parse().expect("tokens");
    let expansion = crate::derive::derive(Kind::Dispose, item).to_string();
    expansion.contains("already when this closure runs")
}

#[test]
fn an_empty_pointer_is_not_passed_to_its_own_release() {
    let own = |body: &str| {
        is_refused(&format!(
            "struct S {{ #[unmanaged(unsafe(release = |p| {body}))] raw: *mut u8, other: *mut u8 }}"
        ))
    };
    for body in [
        "f(self.raw)",
        "m::f(p, self.raw)",
        "f(self.raw.cast())",
        "f(self.raw.cast_const().cast_mut())",
        "f(self.raw as *const u8)",
        "{ let x = g(p); unsafe { f(self.raw) } }",
        "if f(self.raw) { g(p) }",
    ] {
        assert!(own(body), "{body}");
    }
    for body in [
        "f(p)",
        "f(self.other)",
        "f(self)",
        "f(self.raw.is_null())",
        "f(self.raw.cast_const().is_null())",
        "f(self.raw as usize)",
        "f(self.raw == p)",
        "f(self.raw as *const u8 as usize)",
        "f(self.raw as *const u8 == p)",
        "NonNull::new(self.raw)",
        "ptr::hash(self.raw, p)",
        "{ self.fill(p); f(self.raw) }",
        "{ fill(self, p); f(self.raw) }",
        "{ let S { raw, .. } = self; f(self.raw) }",
        "{ m!(self); f(self.raw) }",
        "{ m!(); f(self.raw) }",
        "x.f(self.raw)",
        "Some(self.raw)",
        "m!(f(self.raw))",
        "m!(self.raw)",
        "ptr::eq(self.raw, p)",
        "ptr::addr_eq(self.raw, p)",
        "drop(self.raw)",
        "{ self.raw = p; f(self.raw) }",
        "if self.raw.is_null() { f(self.raw) }",
        "f(&mut (self.raw))",
        "f(&raw const (self.raw))",
        "break 'a (self.raw)",
        "if (self.raw) {}",
        "{ struct G; impl Drop for G { fn drop(&mut self) { f(self.raw) } } }",
        "(self.raw)",
    ] {
        assert!(!own(body), "{body}");
    }
    for word in ["match", "while", "return", "break", "else", "ref", "move", "let", "for x in"] {
        assert!(!own(&format!("{word} (self.raw)")), "{word}");
    }
}

#[test]
fn what_is_released_is_not_passed_on() {
    let number = |ty: &str, parameter: &str| {
        is_refused(&format!(
            "struct S {{ #[unmanaged(release = |{parameter}| f(self.fd), invalid = 0)] fd: {ty} }}"
        ))
    };
    let safe = |parameter: &str| {
        is_refused(&format!(
            "struct S {{ #[unmanaged(release = |{parameter}| f(self.raw))] raw: *mut u8 }}"
        ))
    };
    assert!(safe("_"), "what is released is lost");
    assert!(!safe("p"), "a safe function may look at null");
    assert!(number("i32", "_"));
    assert!(!number("i32", "fd"));
    assert!(!number("bool", "_"));
    let later = |key: &str| {
        is_refused(&format!(
            "struct S {{ #[unmanaged(release = g, {key})] at: Option<u8>,
                #[unmanaged(unsafe(release = f))] raw: *mut u8 }}"
        ))
    };
    assert!(later("unsafe(drop = |x| f(self.raw))"));
    assert!(later("check = |x| unsafe { f(self.raw) }"));
    assert!(!later("unsafe(drop = g), check = |x| f(self.raw)"), "the other one is unsafe");
    assert!(later("drop = |x| unsafe { f(self.raw) }"));
    assert!(!later("drop = |x| f(self.raw)"), "a safe function may look at null");
    let always = "struct S { #[unmanaged(release = |x| f(self.raw))] at: Option<u8>,
        #[unmanaged(release = f, always)] raw: *mut u8 }";
    let always = crate::derive::derive(Kind::Close, always.parse().expect("tokens")).to_string();
    assert!(always.contains("is released already when this closure runs"), "it is not null");
    let variant = |body: &str| {
        is_refused(&format!(
            "enum E {{ V {{ #[unmanaged(unsafe(release = |x| {body}))] at: Option<u8>,
                #[unmanaged(unsafe(release = f))] raw: *mut u8 }} }}"
        ))
    };
    assert!(variant("f(*raw)"));
    for body in [
        "for raw in x { f(*raw) }",
        "x.map(|raw| f(*raw))",
        "{ let raw = &x; f(*raw) }",
        "{ let r#raw = &x; f(*raw) }",
        "{ self.fill(); f(*raw) }",
        "if let Some(raw) = x { f(*raw) }",
        "f(raw.is_null())",
    ] {
        assert!(!variant(body), "{body}");
    }
}
