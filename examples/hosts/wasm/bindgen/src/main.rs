//! `bindgen INPUT.wasm FOLDER`: writes the module for Node.js.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(folder)) = (arguments.next(), arguments.next()) else {
        panic!("bindgen INPUT.wasm FOLDER");
    };
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(input)
        .nodejs(true)
        .expect("no other target was chosen")
        .typescript(false)
        .generate(folder)
        .expect("the module is written");
}
