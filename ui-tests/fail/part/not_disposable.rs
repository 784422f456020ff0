use dispose_core::Dispose;

struct Part;

#[derive(Dispose)]
struct Owner {
    #[dispose]
    part: Vec<Part>,
}

fn main() {}
