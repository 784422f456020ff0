//! A shape as Rust source.

use std::fmt::Write as _;

use crate::shape::{
    Container, Derive, FieldType, Form, Keep, Node, Place, Policy, Release, Returned, Shape, Type,
    Value, Variant,
};

/// The types, and a function `root` that makes the value.
#[must_use]
pub fn of(shape: &Shape) -> String {
    let mut source = String::new();
    for ty in &shape.types {
        declaration(shape, ty, &mut source);
    }
    let name = &shape.root_type().name;
    let _ = writeln!(source, "pub fn root() -> {name} {{\n    {}\n}}", node(shape, &shape.root));
    source
}

fn declaration(shape: &Shape, ty: &Type, source: &mut String) {
    let derive = match ty.derive {
        Derive::Dispose => "Dispose",
        Derive::Close => "Close",
    };
    let _ = writeln!(source, "#[derive({derive})]");
    let mut keys = Vec::new();
    if let Some((number, returned)) = ty.before {
        let function = if returned == Returned::Nothing { "before_plain" } else { "before" };
        keys.push(format!("before = |_| {function}({number})"));
    }
    if ty.explicit {
        keys.push("explicit".into());
    }
    match ty.policy {
        Policy::Hook => {}
        Policy::Ignore => keys.push("on_drop = ignore".into()),
        // Half of them as closures.
        Policy::Own if ty.explicit => keys.push("on_drop = own".into()),
        Policy::Own => keys.push("on_drop = |report| own(report)".into()),
    }
    if !keys.is_empty() {
        let _ = writeln!(source, "#[dispose({})]", keys.join(", "));
    }
    let name = &ty.name;
    if ty.is_enum {
        let _ = writeln!(source, "pub enum {name} {{");
        for (n, variant) in ty.variants.iter().enumerate() {
            let _ = writeln!(source, "    V{n} {},", fields(shape, ty, variant));
        }
        source.push_str("}\n");
    } else {
        let end = if ty.variants[0].tuple { ";" } else { "" };
        let _ = writeln!(source, "pub struct {name} {}{end}", fields(shape, ty, &ty.variants[0]));
    }
}

fn fields(shape: &Shape, ty: &Type, variant: &Variant) -> String {
    let mut source = String::from(if variant.tuple { "(\n" } else { "{\n" });
    for (index, field) in variant.fields.iter().enumerate() {
        let attribute = attribute(ty, variant, field);
        let field = field_type(shape, field);
        let name = if variant.tuple { String::new() } else { format!("f{index}: ") };
        let _ = writeln!(source, "    {attribute}{name}{field},");
    }
    source.push_str(if variant.tuple { ")" } else { "}" });
    source
}

fn attribute(ty: &Type, variant: &Variant, field: &FieldType) -> String {
    match field {
        FieldType::Ordinary => String::new(),
        FieldType::Part(..) => "#[dispose] ".into(),
        FieldType::Closed { each, dropped, .. } => {
            let each = if *each { ", each" } else { "" };
            let dropped = if *dropped { ", drop = drop" } else { "" };
            format!("#[unmanaged(release = Close::close{each}{dropped})] ")
        }
        FieldType::Handle(place, release) => {
            let more = match place {
                Place::Sentinel => ", invalid = [NONE, NEVER]",
                Place::Always => ", always",
                Place::MovedOut => ", unsafe(always)",
                _ => "",
            };
            let convert = if *place == Place::Pointer { "handle(x)" } else { "x" };
            format!("#[unmanaged({}{more})] ", keys(ty, variant, *release, convert))
        }
        FieldType::Each { invalid, release, .. } => {
            let more = if *invalid { ", each, invalid = NONE" } else { ", each" };
            format!("#[unmanaged({}{more})] ", keys(ty, variant, *release, "x"))
        }
    }
}

fn keys(ty: &Type, variant: &Variant, release: Release, value: &str) -> String {
    let function = match release.returned {
        Returned::Nothing => "release_plain",
        Returned::Result => "release",
        Returned::Status => "release_status",
    };
    let touch = release.sibling.map_or(String::new(), |index| {
        let place = match (ty.is_enum, variant.tuple) {
            (false, false) => format!("&self.f{index}"),
            (false, true) => format!("&self.{index}"),
            (true, false) => format!("f{index}"),
            (true, true) => format!("_{index}"),
        };
        format!("touch({place}); ")
    });
    let mut keys = match release.form {
        Form::Path => format!("release = {function}"),
        Form::Text => format!("release = \"{function}\""),
        Form::Closure => format!("release = |x| {{ {touch}{function}({value}) }}"),
        Form::Unsafe => format!("unsafe(release = unsafe_{function})"),
        Form::UnsafeClosure => {
            format!("unsafe(release = |x| {{ {touch}unsafe_{function}({value}) }})")
        }
    };
    if release.returned == Returned::Status {
        keys.push_str(", check = status::zero");
    }
    match release.keep {
        Keep::No => {}
        Keep::Always => keys.push_str(", on_error = keep"),
        Keep::If => {
            let question = match release.returned {
                Returned::Status => "is_alive_by_status",
                _ => "is_alive",
            };
            let _ = if touch.is_empty() {
                write!(keys, ", on_error = keep_if({question})")
            } else {
                write!(keys, ", on_error = keep_if(|error| {{ {touch}{question}(error) }})")
            };
        }
    }
    if let Some(returned) = release.fallback {
        let function = match returned {
            Returned::Nothing => "drop_plain",
            Returned::Result => "drop_or_fail",
            Returned::Status => "drop_status",
        };
        let is_unsafe = matches!(release.form, Form::Unsafe | Form::UnsafeClosure);
        let function = if is_unsafe { format!("unsafe_{function}") } else { function.into() };
        let called = match release.form {
            Form::Path | Form::Unsafe => function,
            Form::Text => format!("\"{function}\""),
            Form::Closure | Form::UnsafeClosure => format!("|x| {{ {touch}{function}({value}) }}"),
        };
        let _ = if is_unsafe {
            write!(keys, ", unsafe(drop = {called})")
        } else {
            write!(keys, ", drop = {called}")
        };
    }
    keys
}

fn field_type(shape: &Shape, field: &FieldType) -> String {
    match field {
        FieldType::Ordinary => "Ordinary".into(),
        FieldType::Handle(place, _) => match place {
            Place::Option => "Option<Handle>",
            Place::Pointer => "*mut Handle",
            Place::Cell => "Cell<Option<Handle>>",
            Place::Sentinel | Place::Always => "Handle",
            Place::MovedOut => "std::mem::ManuallyDrop<Handle>",
        }
        .into(),
        FieldType::Each { deque: false, .. } => "Vec<Handle>".into(),
        FieldType::Each { deque: true, .. } => "VecDeque<Handle>".into(),
        FieldType::Closed { each, ty, .. } => {
            format!("{}<{}>", if *each { "Vec" } else { "Option" }, shape.types[*ty].name)
        }
        FieldType::Part(container, ty) => {
            let name = &shape.types[*ty].name;
            match container {
                Container::None => name.clone(),
                Container::Option => format!("Option<{name}>"),
                Container::Box => format!("Box<{name}>"),
                Container::Vec => format!("Vec<{name}>"),
                Container::Array => format!("[{name}; 2]"),
                Container::Tuple => format!("({name}, {name})"),
                Container::RefCell => format!("RefCell<{name}>"),
            }
        }
    }
}

fn node(shape: &Shape, node: &Node) -> String {
    let ty = &shape.types[node.ty];
    let variant = &ty.variants[node.variant];
    let values: Vec<_> = variant
        .fields
        .iter()
        .zip(&node.fields)
        .enumerate()
        .map(|(index, (field, value))| {
            let value = expression(shape, field, value);
            if variant.tuple { value } else { format!("f{index}: {value}") }
        })
        .collect();
    let values = values.join(", ");
    let path = if ty.is_enum { format!("{}::V{}", ty.name, node.variant) } else { ty.name.clone() };
    if variant.tuple { format!("{path}({values})") } else { format!("{path} {{ {values} }}") }
}

fn expression(shape: &Shape, field: &FieldType, value: &Value) -> String {
    match (field, value) {
        (_, Value::Ordinary(number)) => format!("Ordinary({number})"),
        (FieldType::Handle(place, _), Value::Handle(handle)) => match (place, handle) {
            (Place::Option, Some(number)) => format!("Some(Handle({number}))"),
            (Place::Option, None) => "None".into(),
            (Place::Cell, Some(number)) => format!("Cell::new(Some(Handle({number})))"),
            (Place::Cell, None) => "Cell::new(None)".into(),
            (Place::Pointer, Some(number)) => format!("pointer({number})"),
            (Place::Pointer, None) => "std::ptr::null_mut()".into(),
            (Place::MovedOut, Some(number)) => {
                format!("std::mem::ManuallyDrop::new(Handle({number}))")
            }
            (_, Some(number)) => format!("Handle({number})"),
            (_, None) => "NEVER".into(),
        },
        (FieldType::Each { deque, .. }, Value::Each(elements)) => {
            let elements: Vec<_> = elements
                .iter()
                .map(|element| {
                    element.map_or_else(|| "NONE".into(), |number| format!("Handle({number})"))
                })
                .collect();
            let vec = format!("vec![{}]", elements.join(", "));
            if *deque { format!("VecDeque::from({vec})") } else { vec }
        }
        (FieldType::Closed { each, .. }, Value::Parts(parts)) => {
            let container = if *each { Container::Vec } else { Container::Option };
            contained(container, shape, parts)
        }
        (FieldType::Part(container, _), Value::Parts(parts)) => contained(*container, shape, parts),
        (field, value) => unreachable!("{field:?} holds no {value:?}"),
    }
}

fn contained(container: Container, shape: &Shape, parts: &[Node]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| node(shape, part)).collect();
    let parts = parts.join(", ");
    match container {
        Container::None => parts,
        Container::Option if parts.is_empty() => "None".into(),
        Container::Option => format!("Some({parts})"),
        Container::Box => format!("Box::new({parts})"),
        Container::Vec => format!("vec![{parts}]"),
        Container::Array => format!("[{parts}]"),
        Container::Tuple => format!("({parts})"),
        Container::RefCell => format!("RefCell::new({parts})"),
    }
}
