use dispose_core::Slot;

fn look(cell: &std::cell::Cell<Option<i32>>) {
    Slot::get(cell);
}

fn main() {}
