#[dispose(before = |guard| guard.0.unlock())]
struct Guard<'a>(&'a Lock);
