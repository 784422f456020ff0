//! Types and a value of them, chosen by a seed.

/// A small generator of numbers, so that a seed says everything.
pub struct Numbers(u64);

impl Numbers {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut numbers = Self(seed ^ 0x9e37_79b9_7f4a_7c15);
        // Neighbouring seeds begin alike.
        for _ in 0..4 {
            numbers.below(2);
        }
        numbers
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derive {
    Dispose,
    Close,
}

/// What a release returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    Nothing,
    Result,
    /// A number, with `check = status::zero`.
    Status,
}

/// How the release is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Path,
    Text,
    Closure,
    Unsafe,
    UnsafeClosure,
}

/// Where a handle is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Option,
    Pointer,
    Cell,
    /// With `invalid`.
    Sentinel,
    /// With `always`.
    Always,
    /// In a `ManuallyDrop`, with `always`.
    MovedOut,
}

impl Place {
    #[must_use]
    pub fn is_always(self) -> bool {
        matches!(self, Self::Always | Self::MovedOut)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    None,
    Option,
    Box,
    Vec,
    Array,
    Tuple,
    RefCell,
}

/// Whether a value stays where its release fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    No,
    /// `on_error = keep`
    Always,
    /// `on_error = keep_if(…)`, which says yes of even numbers.
    If,
}

/// The receiver of failures in `Drop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Hook,
    /// `on_drop = ignore`
    Ignore,
    /// `on_drop = P`
    Own,
}

/// The attributes of an `#[unmanaged]` field.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    pub returned: Returned,
    pub form: Form,
    pub keep: Keep,
    /// What `drop = …` returns, if there is one. Its number is the one after the release's.
    pub fallback: Option<Returned>,
    /// The ordinary field of the same variant that a closure reads.
    pub sibling: Option<usize>,
}

#[derive(Debug, Clone)]
pub enum FieldType {
    Ordinary,
    Handle(Place, Release),
    /// `each`, in a `Vec` or a `VecDeque`, with `invalid` or not.
    Each {
        deque: bool,
        invalid: bool,
        release: Release,
    },
    /// `#[dispose]`
    Part(Container, usize),
    /// An `Option` of a type that is only `Close`, or a `Vec` of it.
    Closed {
        each: bool,
        /// With `drop = drop`.
        dropped: bool,
        ty: usize,
    },
}

impl FieldType {
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        !matches!(self, Self::Ordinary)
    }

    #[must_use]
    pub fn release(&self) -> Option<&Release> {
        match self {
            Self::Handle(_, release) | Self::Each { release, .. } => Some(release),
            _ => None,
        }
    }

    fn release_mut(&mut self) -> Option<&mut Release> {
        match self {
            Self::Handle(_, release) | Self::Each { release, .. } => Some(release),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Type {
    pub name: String,
    pub derive: Derive,
    pub is_enum: bool,
    /// A struct has one.
    pub variants: Vec<Variant>,
    /// The number of its release, if there is a `before`.
    pub before: Option<(usize, Returned)>,
    pub explicit: bool,
    pub policy: Policy,
}

#[derive(Debug, Clone)]
pub struct Variant {
    pub tuple: bool,
    pub fields: Vec<FieldType>,
}

impl Variant {
    /// As in a failure's path.
    #[must_use]
    pub fn field(&self, index: usize) -> String {
        if self.tuple { index.to_string() } else { format!("f{index}") }
    }

    /// Whether a field has `on_error`.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.fields.iter().filter_map(FieldType::release).any(|release| release.keep != Keep::No)
    }
}

/// A value of a type: its variant, and what is in the fields.
#[derive(Debug, Clone)]
pub struct Node {
    pub ty: usize,
    pub variant: usize,
    pub fields: Vec<Value>,
}

impl Node {
    /// How many values of that type there are.
    fn count(&self, ty: usize) -> usize {
        let below = self.fields.iter().map(|value| match value {
            Value::Parts(parts) => parts.iter().map(|part| part.count(ty)).sum(),
            _ => 0,
        });
        usize::from(self.ty == ty) + below.sum::<usize>()
    }
}

/// The numbers are those of the releases; `None` is an empty place.
#[derive(Debug, Clone)]
pub enum Value {
    Ordinary(usize),
    Handle(Option<usize>),
    Each(Vec<Option<usize>>),
    Parts(Vec<Node>),
}

impl Value {
    /// That of an ordinary field.
    ///
    /// # Panics
    ///
    /// If it is another.
    #[must_use]
    pub fn number(&self) -> usize {
        match self {
            Self::Ordinary(number) => *number,
            other => panic!("{other:?} is not ordinary"),
        }
    }
}

/// All types, parts before their owners, and a value of the last one.
pub struct Shape {
    pub types: Vec<Type>,
    pub root: Node,
    /// By number: what the release returns, `None` for the drop of an ordinary field.
    pub returned: Vec<Option<Returned>>,
    /// The numbers of releases that `keep_if` may be asked about.
    pub asked: Vec<usize>,
}

impl Shape {
    /// The shape of that seed. All of its faults by twos are run, so it has at most twelve releases.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        let least = 1 + numbers.below(6);
        loop {
            let mut maker = Maker {
                numbers: &mut numbers,
                types: Vec::new(),
                returned: Vec::new(),
                asked: Vec::new(),
            };
            let derive = maker.numbers.of(&[Derive::Dispose, Derive::Dispose, Derive::Close]);
            let ty = maker.ty(derive, 1);
            let root = maker.node(ty);
            let Maker { types, returned, asked, .. } = maker;
            let releases = returned.iter().flatten().count();
            if (least..=12).contains(&releases) {
                return Self { types, root, returned, asked };
            }
        }
    }

    /// How deep its parts are nested: 1 without any.
    #[must_use]
    pub fn depth(&self) -> usize {
        fn below(node: &Node) -> usize {
            let parts = node.fields.iter().flat_map(|value| match value {
                Value::Parts(parts) => &parts[..],
                _ => &[],
            });
            1 + parts.map(below).max().unwrap_or(0)
        }
        below(&self.root)
    }

    /// Whether a release may run more than once in a disposal: a `before` that several values share.
    #[must_use]
    pub fn is_shared(&self, number: usize) -> bool {
        self.types.iter().enumerate().any(|(ty, found)| {
            found.before.is_some_and(|before| before.0 == number) && self.root.count(ty) > 1
        })
    }

    #[must_use]
    pub fn root_type(&self) -> &Type {
        &self.types[self.root.ty]
    }

    /// Whether the root has `try_close`.
    #[must_use]
    pub fn is_try_close(&self) -> bool {
        let ty = self.root_type();
        ty.derive == Derive::Dispose || ty.variants.iter().any(Variant::keeps)
    }
}

struct Maker<'a> {
    numbers: &'a mut Numbers,
    types: Vec<Type>,
    returned: Vec<Option<Returned>>,
    asked: Vec<usize>,
}

impl Maker<'_> {
    fn ty(&mut self, derive: Derive, depth: usize) -> usize {
        let is_enum = self.numbers.one_in(4);
        let count = if is_enum { 1 + self.numbers.below(3) } else { 1 };
        let mut variants: Vec<_> = (0..count).map(|_| self.variant(derive, depth)).collect();
        let before = self.numbers.one_in(5);
        // Without anything to release there is nothing to derive.
        let is_guard = before && derive == Derive::Close;
        if !is_guard
            && !variants.iter().any(|variant| variant.fields.iter().any(FieldType::is_tracked))
        {
            variants[0].fields.push(FieldType::Handle(Place::Option, self.release(derive)));
        }
        let before = before.then(|| {
            let returned = self.numbers.of(&[Returned::Nothing, Returned::Result]);
            (self.number(Some(returned)), returned)
        });
        let ty = Type {
            name: format!("T{}", self.types.len()),
            derive,
            is_enum,
            variants,
            before,
            explicit: self.numbers.one_in(5),
            policy: self.numbers.of(&[
                Policy::Hook,
                Policy::Hook,
                Policy::Hook,
                Policy::Hook,
                Policy::Ignore,
                Policy::Own,
            ]),
        };
        self.types.push(ty);
        self.types.len() - 1
    }

    fn variant(&mut self, derive: Derive, depth: usize) -> Variant {
        let tuple = self.numbers.one_in(3);
        let count = self.numbers.below(5);
        let mut fields: Vec<_> = (0..count).map(|_| self.field(derive, depth)).collect();
        let ordinary = fields.iter().position(|field| matches!(field, FieldType::Ordinary));
        // By value a field may stay if it is the only one.
        let alone = fields.iter().filter(|field| field.is_tracked()).count() == 1;
        for field in &mut fields {
            let is_moved = matches!(field, FieldType::Handle(Place::MovedOut, _));
            let Some(release) = field.release_mut() else { continue };
            if derive == Derive::Close && alone && !is_moved {
                release.keep = self.keep(release.returned);
            }
            if matches!(release.form, Form::Closure | Form::UnsafeClosure) && self.numbers.one_in(2)
            {
                release.sibling = ordinary;
            }
        }
        Variant { tuple, fields }
    }

    fn field(&mut self, derive: Derive, depth: usize) -> FieldType {
        match self.numbers.below(10) {
            0 => FieldType::Ordinary,
            1 if depth < 4 => {
                let ty = self.ty(Derive::Close, depth + 1);
                let each = self.numbers.one_in(3);
                FieldType::Closed { each, dropped: self.numbers.one_in(3), ty }
            }
            2..=4 if depth < 4 => {
                let container = self.numbers.of(&[
                    Container::None,
                    Container::None,
                    Container::Option,
                    Container::Box,
                    Container::Vec,
                    Container::Array,
                    Container::Tuple,
                    Container::RefCell,
                ]);
                FieldType::Part(container, self.ty(Derive::Dispose, depth + 1))
            }
            5 => FieldType::Each {
                deque: self.numbers.one_in(2),
                invalid: self.numbers.one_in(2),
                release: self.release(derive),
            },
            _ => {
                let mut places = vec![
                    Place::Option,
                    Place::Option,
                    Place::Pointer,
                    Place::Cell,
                    Place::Sentinel,
                    Place::Sentinel,
                ];
                if derive == Derive::Close {
                    places.extend([Place::Always, Place::Always, Place::MovedOut, Place::MovedOut]);
                }
                let place = self.numbers.of(&places);
                let mut release = self.release(derive);
                if place == Place::Pointer {
                    release.form = Form::Closure;
                }
                FieldType::Handle(place, release)
            }
        }
    }

    fn release(&mut self, derive: Derive) -> Release {
        let returned = self.numbers.of(&[
            Returned::Nothing,
            Returned::Result,
            Returned::Result,
            Returned::Status,
        ]);
        Release {
            returned,
            form: self.numbers.of(&[
                Form::Path,
                Form::Path,
                Form::Text,
                Form::Closure,
                Form::Closure,
                Form::Unsafe,
                Form::UnsafeClosure,
            ]),
            keep: if derive == Derive::Dispose { self.keep(returned) } else { Keep::No },
            fallback: self.numbers.one_in(4).then(|| match returned {
                // Without a `check` it may return anything.
                Returned::Nothing => self.numbers.of(&[Returned::Nothing, Returned::Result]),
                returned => self.numbers.of(&[Returned::Nothing, returned, returned]),
            }),
            sibling: None,
        }
    }

    fn keep(&mut self, returned: Returned) -> Keep {
        if returned == Returned::Nothing {
            return Keep::No;
        }
        self.numbers.of(&[Keep::No, Keep::No, Keep::No, Keep::Always, Keep::Always, Keep::If])
    }

    /// The number of a handle, after which that of its fallback comes.
    fn handle(&mut self, release: Release) -> usize {
        let number = self.number(Some(release.returned));
        if release.keep == Keep::If {
            self.asked.push(number);
        }
        if let Some(returned) = release.fallback {
            self.number(Some(returned));
        }
        number
    }

    fn number(&mut self, returned: Option<Returned>) -> usize {
        self.returned.push(returned);
        self.returned.len() - 1
    }

    fn node(&mut self, ty: usize) -> Node {
        let variant = self.numbers.below(self.types[ty].variants.len());
        let fields = self.types[ty].variants[variant].fields.clone();
        let fields = fields.iter().map(|field| self.value(field)).collect();
        Node { ty, variant, fields }
    }

    fn value(&mut self, field: &FieldType) -> Value {
        match field {
            FieldType::Ordinary => Value::Ordinary(self.number(None)),
            FieldType::Handle(place, release) => {
                let is_held = place.is_always() || !self.numbers.one_in(6);
                Value::Handle(is_held.then(|| self.handle(*release)))
            }
            FieldType::Each { invalid, release, .. } => {
                let count = self.numbers.below(4);
                let mut element = || {
                    let is_held = !(*invalid && self.numbers.one_in(4));
                    is_held.then(|| self.handle(*release))
                };
                Value::Each((0..count).map(|_| element()).collect())
            }
            FieldType::Part(container, ty) => {
                let count = match container {
                    Container::None | Container::Box | Container::RefCell => 1,
                    Container::Option => usize::from(!self.numbers.one_in(4)),
                    Container::Vec => self.numbers.below(3),
                    Container::Array | Container::Tuple => 2,
                };
                Value::Parts((0..count).map(|_| self.node(*ty)).collect())
            }
            FieldType::Closed { each, ty, .. } => {
                let count = if *each {
                    self.numbers.below(3)
                } else {
                    usize::from(!self.numbers.one_in(4))
                };
                Value::Parts((0..count).map(|_| self.node(*ty)).collect())
            }
        }
    }
}
