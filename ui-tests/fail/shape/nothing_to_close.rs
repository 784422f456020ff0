use dispose_core::Close;

#[derive(Close)]
enum Owner {}

fn main() {}
