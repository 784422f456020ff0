//! What the contract says of a shape: which releases run in which order, what the caller is answered,
//! and what the drop hook is told.
//!
//! It knows nothing of passes and counters: a disposal goes once through everything that is held,
//! newest first, and whatever a release does, the others run.

use crate::shape::{
    Container, Derive, FieldType, Node, Place, Release, Shape, Type, Value, Variant,
};
use crate::{Entry, Fate, Seen};

/// Predicts a value's life. `fates` are by number, and two of them at most are faults, of which one at
/// most is a panic: two would abort.
#[must_use]
pub fn predict(shape: &Shape, entry: Entry, fates: &[Fate]) -> Seen {
    let mut model = Model { shape, fates, seen: Seen::default() };
    let mut root = shape.root.clone();
    match entry {
        Entry::Dispose => {
            for _ in 0..2 {
                model.dispose(&mut root);
            }
            model.drop_root(&mut root);
        }
        Entry::Drop => model.drop_root(&mut root),
        Entry::Close => {
            let answer = model.close(&mut root);
            model.answer(match answer {
                Closed::Panicked(number) => panic_message(number),
                Closed::Failed(failures) if failures.is_empty() => "ok".into(),
                Closed::Failed(failures) => error(&shape.root_type().name, &failures),
            });
        }
    }
    model.seen
}

fn panic_message(number: usize) -> String {
    format!("{number} panicked")
}

fn error(name: &str, failures: &[Failure]) -> String {
    let failures: Vec<_> =
        failures.iter().map(|(path, message)| format!("{path}: {message}")).collect();
    format!("failed to dispose `{name}`: {}", failures.join("; "))
}

/// A path and a message.
type Failure = (String, String);

enum Closed {
    /// With the failures, if any.
    Failed(Vec<Failure>),
    Panicked(usize),
}

/// One disposal.
#[derive(Default)]
struct Disposal {
    is_last: bool,
    failures: Vec<Failure>,
    panic: Option<usize>,
}

struct Model<'a> {
    shape: &'a Shape,
    fates: &'a [Fate],
    seen: Seen,
}

impl<'a> Model<'a> {
    fn ty(&self, node: &Node) -> &'a Type {
        &self.shape.types[node.ty]
    }

    fn variant(&self, node: &Node) -> &'a Variant {
        &self.ty(node).variants[node.variant]
    }

    fn answer(&mut self, answer: String) {
        self.seen.answers.push(answer);
        self.seen.log.push("/".into());
    }

    fn report(&mut self, ty: &Type, forgotten: bool, failures: &[Failure]) {
        if forgotten || !failures.is_empty() {
            let forgotten = if forgotten { " forgotten" } else { "" };
            let error = if failures.is_empty() {
                String::new()
            } else {
                format!(" [{}]", error(&ty.name, failures))
            };
            self.seen.reports.push(format!("{}{forgotten}{error}", ty.name));
        }
    }

    /// `dispose`, which may be called again.
    fn dispose(&mut self, root: &mut Node) {
        let ty = self.ty(root);
        let mut disposal = Disposal::default();
        self.release_all(root, &mut disposal);
        let answer = match disposal.panic {
            Some(number) => {
                // Nobody else can be told of what failed.
                self.report(ty, false, &disposal.failures);
                panic_message(number)
            }
            None if disposal.failures.is_empty() => "ok".into(),
            None => error(&ty.name, &disposal.failures),
        };
        let held = if self.is_held(root) { ", held" } else { "" };
        self.answer(format!("{answer}{held}"));
    }

    /// `Drop`, then the fields' own.
    fn drop_root(&mut self, root: &mut Node) {
        let ty = self.ty(root);
        let forgotten = ty.explicit && self.is_held(root);
        let mut disposal = Disposal { is_last: true, ..Disposal::default() };
        self.release_all(root, &mut disposal);
        let failures = if ty.ignore { Vec::new() } else { disposal.failures };
        self.report(ty, forgotten, &failures);
        self.drop_fields(root);
        self.answer(disposal.panic.map_or_else(|| "ok".into(), panic_message));
    }

    /// `close`, after which the value is gone.
    fn close(&mut self, node: &mut Node) -> Closed {
        let ty = self.ty(node);
        let mut disposal = Disposal { is_last: true, ..Disposal::default() };
        self.release_all(node, &mut disposal);
        let answer = match disposal.panic {
            Some(number) => {
                self.report(ty, false, &disposal.failures);
                Closed::Panicked(number)
            }
            None => Closed::Failed(disposal.failures),
        };
        self.drop_fields(node);
        answer
    }

    fn release_all(&mut self, node: &mut Node, disposal: &mut Disposal) {
        let (ty, variant) = (self.ty(node), self.variant(node));
        if let Some((number, _)) = ty.before {
            let has_fields = ty.variants.iter().any(|variant| {
                variant.fields.iter().any(|field| !matches!(field, FieldType::Ordinary))
            });
            if self.is_held(node) || !has_fields {
                self.release(number, "before", disposal);
            }
        }
        for (index, field) in variant.fields.iter().enumerate().rev() {
            let path = variant.field(index);
            let touched = match field {
                FieldType::Handle(_, release) | FieldType::Each { release, .. } => release.sibling,
                _ => None,
            };
            let touched = touched.map(|sibling| format!("?{}", node.fields[sibling].number()));
            let value = &mut node.fields[index];
            match (field, value) {
                (FieldType::Handle(_, release), Value::Handle(handle)) => {
                    if let Some(number) = handle.take()
                        && self.fails(number, &path, *release, touched, disposal)
                    {
                        *handle = Some(number);
                    }
                }
                (FieldType::Each { release, .. }, Value::Each(elements)) => {
                    self.release_each(&path, *release, touched.as_ref(), elements, disposal);
                }
                (FieldType::Part(container, _), Value::Parts(parts)) => {
                    for (n, part) in parts.iter_mut().enumerate().rev() {
                        let path = match container {
                            Container::Vec | Container::Array => format!("{path}[{n}]"),
                            Container::Tuple => format!("{path}.{n}"),
                            _ => path.clone(),
                        };
                        let before = disposal.failures.len();
                        self.release_all(part, disposal);
                        for failure in &mut disposal.failures[before..] {
                            failure.0 = format!("{path}.{}", failure.0);
                        }
                    }
                }
                (FieldType::Closed { each, .. }, Value::Parts(parts)) => {
                    while let Some(mut part) = parts.pop() {
                        let path =
                            if *each { format!("{path}[{}]", parts.len()) } else { path.clone() };
                        match self.close(&mut part) {
                            Closed::Panicked(number) => disposal.panic = Some(number),
                            Closed::Failed(failures) => disposal.failures.extend(
                                failures
                                    .into_iter()
                                    .map(|(at, message)| (format!("{path}.{at}"), message)),
                            ),
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Last first; with `keep` those that failed stay in order, and without it none does. So do, with
    /// `keep`, none of those that hold nothing.
    fn release_each(
        &mut self,
        path: &str,
        release: Release,
        touched: Option<&String>,
        elements: &mut Vec<Option<usize>>,
        disposal: &mut Disposal,
    ) {
        let mut kept = Vec::new();
        for index in (0..elements.len()).rev() {
            if let Some(number) = elements[index]
                && self.fails(
                    number,
                    &format!("{path}[{index}]"),
                    release,
                    touched.cloned(),
                    disposal,
                )
            {
                kept.insert(0, Some(number));
            }
        }
        *elements = kept;
    }

    /// Releases, and says whether the value goes back.
    fn fails(
        &mut self,
        number: usize,
        path: &str,
        release: Release,
        touched: Option<String>,
        disposal: &mut Disposal,
    ) -> bool {
        self.seen.log.extend(touched);
        let failed = self.release(number, path, disposal);
        failed && release.keep && !disposal.is_last
    }

    /// Whether it failed.
    fn release(&mut self, number: usize, path: &str, disposal: &mut Disposal) -> bool {
        self.seen.log.push(number.to_string());
        match self.fates[number] {
            Fate::Succeed => {}
            Fate::Panic => disposal.panic = Some(number),
            Fate::Fail => {
                let message = match self.shape.answers[number] {
                    Some(crate::shape::Answer::Status) => format!("status {}", number + 1),
                    _ => format!("{number} refused"),
                };
                disposal.failures.push((path.into(), message));
                return true;
            }
        }
        false
    }

    /// The ordinary fields, in the order of their declaration. Whatever is tracked has been released.
    fn drop_fields(&mut self, node: &Node) {
        for value in &node.fields {
            match value {
                Value::Ordinary(number) => self.seen.log.push(format!("~{number}")),
                Value::Parts(parts) => parts.iter().for_each(|part| self.drop_fields(part)),
                Value::Handle(_) | Value::Each(_) => {}
            }
        }
    }

    fn is_held(&self, node: &Node) -> bool {
        let variant = self.variant(node);
        let ty = self.ty(node);
        // A guard that has nothing but `before` holds that.
        if ty.derive == Derive::Close
            && !ty.variants.iter().any(|variant| {
                variant.fields.iter().any(|field| !matches!(field, FieldType::Ordinary))
            })
        {
            return true;
        }
        variant.fields.iter().zip(&node.fields).any(|(field, value)| match (field, value) {
            (FieldType::Handle(place, _), Value::Handle(handle)) => {
                *place == Place::Always || handle.is_some()
            }
            (FieldType::Each { .. }, Value::Each(elements)) => elements.iter().any(Option::is_some),
            (FieldType::Closed { .. }, Value::Parts(parts)) => !parts.is_empty(),
            (_, Value::Parts(parts)) => parts.iter().any(|part| self.is_held(part)),
            _ => false,
        })
    }
}
