//! What the contract says of a shape: which releases run in which order, what the caller gets,
//! and what the drop hook receives.
//!
//! It knows nothing of passes and counters: a disposal goes once through everything that is held,
//! newest first, whatever a release does, and stops where a value stayed.

use crate::shape::{
    Container, Derive, FieldType, Keep, Node, Policy, Release, Returned, Shape, Type, Value,
    Variant,
};
use crate::{Entry, Fate, Seen};

/// Predicts a value's life. `fates` are by number, and two of them at most are faults, of which one at
/// most is a panic: two would abort.
#[must_use]
pub fn predict(shape: &Shape, entry: Entry, fates: &[Fate]) -> Seen {
    let mut model = Model { shape, fates: fates.to_vec(), seen: Seen::default() };
    let mut root = shape.root.clone();
    match entry {
        Entry::Dispose | Entry::Retry => {
            for _ in 0..2 {
                model.dispose(&mut root);
                if entry == Entry::Retry {
                    model.fates.fill(Fate::Succeed);
                }
            }
            model.drop_root(&mut root);
        }
        Entry::Drop => model.drop_root(&mut root),
        Entry::Close => {
            let closed = model.close(&mut root);
            let result = Model::text_of(shape.root_type(), closed);
            model.record(result);
        }
        Entry::TryClose => model.try_close(&mut root),
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

/// The kind of call, which parts have from their owner.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The caller can try again.
    Repeatable,
    /// The caller gets the error and cannot.
    Last,
    Drop,
}

/// One disposal.
struct Disposal {
    kind: Kind,
    failures: Vec<Failure>,
    panic: Option<usize>,
}

impl Disposal {
    fn new(kind: Kind) -> Self {
        Self { kind, failures: Vec::new(), panic: None }
    }
}

/// Whether something was refused and stayed, so that what is older stays too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sequence {
    GoesOn,
    Stops,
}

struct Model<'a> {
    shape: &'a Shape,
    fates: Vec<Fate>,
    seen: Seen,
}

impl<'a> Model<'a> {
    fn ty(&self, node: &Node) -> &'a Type {
        &self.shape.types[node.ty]
    }

    fn variant(&self, node: &Node) -> &'a Variant {
        &self.ty(node).variants[node.variant]
    }

    fn record(&mut self, result: String) {
        self.seen.results.push(result);
        self.seen.log.push("/".into());
    }

    fn text_of(ty: &Type, closed: Closed) -> String {
        match closed {
            Closed::Panicked(number) => panic_message(number),
            Closed::Failed(failures) if failures.is_empty() => "ok".into(),
            Closed::Failed(failures) => error(&ty.name, &failures),
        }
    }

    /// To the program's hook, or to the type's own.
    fn report(&mut self, who: &str, ty: &Type, forgotten: bool, failures: &[Failure]) {
        if forgotten || !failures.is_empty() {
            let forgotten = if forgotten { " forgotten" } else { "" };
            let error = if failures.is_empty() {
                String::new()
            } else {
                format!(" [{}]", error(&ty.name, failures))
            };
            self.seen.reports.push(format!("{who}{}{forgotten}{error}", ty.name));
        }
    }

    /// What the caller of one attempt gets. After a panic the program's hook gets the failures.
    fn end(&mut self, ty: &Type, disposal: Disposal) -> Closed {
        match disposal.panic {
            Some(number) => {
                self.report("", ty, false, &disposal.failures);
                Closed::Panicked(number)
            }
            None => Closed::Failed(disposal.failures),
        }
    }

    /// `dispose`, which may be called again.
    fn dispose(&mut self, root: &mut Node) {
        let ty = self.ty(root);
        let mut disposal = Disposal::new(Kind::Repeatable);
        self.release_all(root, &mut disposal);
        let end = self.end(ty, disposal);
        let result = Self::text_of(ty, end);
        let held = if self.is_held(root) { ", held" } else { "" };
        self.record(format!("{result}{held}"));
    }

    fn drop_root(&mut self, root: &mut Node) {
        let panic = self.drop(root);
        self.record(panic.map_or_else(|| "ok".into(), panic_message));
    }

    /// `Drop`, then the fields' own. Returns whose panic goes on.
    fn drop(&mut self, node: &mut Node) -> Option<usize> {
        let ty = self.ty(node);
        let forgotten = ty.explicit && self.is_held(node);
        let mut disposal = Disposal::new(Kind::Drop);
        self.release_all(node, &mut disposal);
        match ty.policy {
            Policy::Hook => self.report("", ty, forgotten, &disposal.failures),
            Policy::Ignore => self.report("", ty, forgotten, &[]),
            Policy::Own => self.report("own ", ty, forgotten, &disposal.failures),
        }
        self.drop_fields(node);
        disposal.panic
    }

    /// `close`, after which the value is gone.
    fn close(&mut self, node: &mut Node) -> Closed {
        let ty = self.ty(node);
        let mut disposal = Disposal::new(Kind::Last);
        self.release_all(node, &mut disposal);
        let result = self.end(ty, disposal);
        self.drop_fields(node);
        result
    }

    /// `try_close`: a value that is still alive comes back, and is dropped.
    fn try_close(&mut self, root: &mut Node) {
        let ty = self.ty(root);
        let in_place = ty.derive == Derive::Dispose;
        // By value a variant of which nothing may stay is closed.
        let may_stay = in_place || self.variant(root).keeps();
        let kind = if may_stay { Kind::Repeatable } else { Kind::Last };
        let mut disposal = Disposal::new(kind);
        let sequence = self.release_all(root, &mut disposal);
        let alive = if in_place { self.is_held(root) } else { sequence == Sequence::Stops };
        match self.end(ty, disposal) {
            Closed::Panicked(number) => {
                // It cannot come back.
                if alive {
                    self.drop(root);
                } else {
                    self.drop_fields(root);
                }
                self.record(panic_message(number));
            }
            closed @ Closed::Failed(_) => {
                let result = Self::text_of(ty, closed);
                if alive {
                    self.record(format!("{result}, back"));
                    self.drop_root(root);
                } else {
                    self.drop_fields(root);
                    self.record(result);
                }
            }
        }
    }

    fn release_all(&mut self, node: &mut Node, disposal: &mut Disposal) -> Sequence {
        let (ty, variant) = (self.ty(node), self.variant(node));
        if let Some((number, _)) = ty.before {
            let has_fields =
                ty.variants.iter().any(|variant| variant.fields.iter().any(FieldType::is_tracked));
            if self.is_held(node) || !has_fields {
                self.release(number, "before", disposal);
            }
        }
        for (index, field) in variant.fields.iter().enumerate().rev() {
            let path = variant.field(index);
            let touched = field.release().and_then(|release| release.sibling);
            let touched = touched.map(|sibling| format!("?{}", node.fields[sibling].number()));
            let sequence = match (field, &mut node.fields[index]) {
                (FieldType::Handle(_, release), Value::Handle(handle)) => {
                    let stays = handle.is_some_and(|number| {
                        self.stays(number, &path, *release, touched.as_ref(), disposal)
                    });
                    if stays {
                        Sequence::Stops
                    } else {
                        *handle = None;
                        Sequence::GoesOn
                    }
                }
                (FieldType::Each { release, .. }, Value::Each(elements)) => {
                    self.release_each(&path, *release, touched.as_ref(), elements, disposal)
                }
                (FieldType::Part(container, _), Value::Parts(parts)) => {
                    self.release_parts(&path, *container, parts, disposal)
                }
                (FieldType::Closed { each, dropped, .. }, Value::Parts(parts)) => {
                    self.release_closed(&path, *each, *dropped, parts, disposal);
                    Sequence::GoesOn
                }
                _ => Sequence::GoesOn,
            };
            if sequence == Sequence::Stops {
                return Sequence::Stops;
            }
        }
        Sequence::GoesOn
    }

    /// Last first; with `keep` those that stay do so in order, and without it none does. So do, with
    /// `keep`, none of those that hold nothing.
    fn release_each(
        &mut self,
        path: &str,
        release: Release,
        touched: Option<&String>,
        elements: &mut Vec<Option<usize>>,
        disposal: &mut Disposal,
    ) -> Sequence {
        let mut kept = Vec::new();
        for index in (0..elements.len()).rev() {
            if let Some(number) = elements[index]
                && self.stays(number, &format!("{path}[{index}]"), release, touched, disposal)
            {
                kept.insert(0, Some(number));
            }
        }
        *elements = kept;
        // They are siblings: all have been tried.
        if elements.is_empty() { Sequence::GoesOn } else { Sequence::Stops }
    }

    /// The elements of a collection are siblings, those of a tuple fields.
    fn release_parts(
        &mut self,
        path: &str,
        container: Container,
        parts: &mut [Node],
        disposal: &mut Disposal,
    ) -> Sequence {
        let mut sequence = Sequence::GoesOn;
        for (n, part) in parts.iter_mut().enumerate().rev() {
            let path = match container {
                Container::Vec | Container::Array => format!("{path}[{n}]"),
                Container::Tuple => format!("{path}.{n}"),
                _ => path.into(),
            };
            let before = disposal.failures.len();
            self.release_all(part, disposal);
            for failure in &mut disposal.failures[before..] {
                failure.0 = format!("{path}.{}", failure.0);
            }
            // It failed in this attempt and still holds something.
            let failed = disposal.failures.len() > before;
            if disposal.kind == Kind::Repeatable && failed && self.is_held(part) {
                sequence = Sequence::Stops;
                if container == Container::Tuple {
                    break;
                }
            }
        }
        sequence
    }

    /// Parts that are only `Close`.
    fn release_closed(
        &mut self,
        path: &str,
        each: bool,
        dropped: bool,
        parts: &mut Vec<Node>,
        disposal: &mut Disposal,
    ) {
        while let Some(mut part) = parts.pop() {
            let path = if each { format!("{path}[{}]", parts.len()) } else { path.into() };
            if dropped && disposal.kind == Kind::Drop {
                disposal.panic = self.drop(&mut part).or(disposal.panic);
                continue;
            }
            match self.close(&mut part) {
                Closed::Panicked(number) => disposal.panic = Some(number),
                Closed::Failed(failures) => disposal.failures.extend(
                    failures.into_iter().map(|(at, message)| (format!("{path}.{at}"), message)),
                ),
            }
        }
    }

    /// Releases, and says whether the value goes back.
    fn stays(
        &mut self,
        number: usize,
        path: &str,
        release: Release,
        touched: Option<&String>,
        disposal: &mut Disposal,
    ) -> bool {
        if disposal.kind == Kind::Drop && release.fallback.is_some() {
            self.seen.log.extend(touched.cloned());
            self.release(number + 1, path, disposal);
            return false;
        }
        self.seen.log.extend(touched.cloned());
        let failed = self.release(number, path, disposal);
        // The last attempt only asks where something follows from it.
        let matters = disposal.kind == Kind::Repeatable || release.fallback.is_some();
        let refused = failed
            && matters
            && match release.keep {
                Keep::No => false,
                Keep::Always => true,
                Keep::If => {
                    self.seen.log.extend(touched.cloned());
                    self.is_alive(number, disposal)
                }
            };
        if refused && disposal.kind != Kind::Repeatable {
            self.seen.log.extend(touched.cloned());
            self.release(number + 1, path, disposal);
            return false;
        }
        refused
    }

    /// Returns what `keep_if`'s function returns.
    fn is_alive(&mut self, number: usize, disposal: &mut Disposal) -> bool {
        self.seen.log.push(format!("@{number}"));
        if self.fates[number] == Fate::PanicWhenAsked {
            self.fates[number] = Fate::Fail;
            disposal.panic = Some(number);
            return false;
        }
        number.is_multiple_of(2)
    }

    /// Whether it failed.
    fn release(&mut self, number: usize, path: &str, disposal: &mut Disposal) -> bool {
        self.seen.log.push(number.to_string());
        match self.fates[number] {
            Fate::Succeed => {}
            Fate::Panic => {
                self.fates[number] = Fate::Succeed;
                disposal.panic = Some(number);
            }
            Fate::Fail | Fate::PanicWhenAsked => {
                let message = match self.shape.returned[number] {
                    Some(Returned::Status) => format!("status {}", number + 1),
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
            && !ty.variants.iter().any(|variant| variant.fields.iter().any(FieldType::is_tracked))
        {
            return true;
        }
        variant.fields.iter().zip(&node.fields).any(|(field, value)| match (field, value) {
            (FieldType::Handle(place, _), Value::Handle(handle)) => {
                place.is_always() || handle.is_some()
            }
            (FieldType::Each { .. }, Value::Each(elements)) => elements.iter().any(Option::is_some),
            (FieldType::Closed { .. }, Value::Parts(parts)) => !parts.is_empty(),
            (_, Value::Parts(parts)) => parts.iter().any(|part| self.is_held(part)),
            _ => false,
        })
    }
}
