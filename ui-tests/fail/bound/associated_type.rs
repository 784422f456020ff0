use dispose_core::Dispose;

trait Driver {
    type Device;
}

#[derive(Dispose)]
struct Owner<D: Driver> {
    #[dispose]
    device: D::Device,
}

fn main() {}
