#![forbid(unsafe_code)]

mod author {
    #[derive(dispose_core::Dispose)]
    pub struct Transaction {
        #[unmanaged(release = drop)]
        id: Option<i32>,
        #[dispose]
        inner: Option<Box<Transaction>>,
    }

    impl Transaction {
        pub fn nested() -> Self {
            let inner = Some(Box::new(Self { id: Some(1), inner: None }));
            Self { id: Some(2), inner }
        }
    }
}

use dispose_core::__private::{Access, List, Unlinking};

struct Mine;

impl dispose_core::Dispose for Mine {
    fn release_all(&mut self, _: &mut dispose_core::Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

// Would take a private part out of its owner, with the right to reach its own.
impl List for Mine {
    type Key = ();
    fn next(&self, _: Access<Self>) -> &Option<Box<Self>> {
        &None
    }
    fn next_mut(&mut self, access: Access<Self>) -> &mut Option<Box<Self>> {
        List::next_mut(&mut author::Transaction::nested(), access).take();
        Box::leak(Box::new(None))
    }
    fn is_empty(&self, _: Access<Self>) -> bool {
        true
    }
    fn is_exclusive() -> bool {
        true
    }
    fn unlinking() -> Unlinking {
        Unlinking::Unseen
    }
}

fn main() {}
