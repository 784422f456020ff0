//! The documentation of a user's types names the traits that a user may call, and no others. The types are
//! those of `silence.rs`, where every key of every derive is used.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn the_machinery_is_hidden_in_the_documentation_of_the_users_types() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documentation");
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["rustdoc", "-q", "--test", "silence", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "--document-private-items"])
        .env_remove("RUSTDOCFLAGS")
        .status()
        .unwrap();
    assert!(built.success());
    let mut traits = BTreeSet::new();
    for page in fs::read_dir(target.join("doc/silence")).unwrap() {
        let path = page.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let page = fs::read_to_string(path).unwrap();
        let Some((_, list)) = page.split_once("id=\"trait-implementations-list\"") else {
            continue;
        };
        let (list, _) = list.split_once("id=\"synthetic-implementations\"").unwrap_or((list, ""));
        traits.extend(list.split("id=\"impl-").skip(1).map(|name| {
            name.split_once(|of: char| !of.is_alphanumeric())
                .map_or(name, |(name, _)| name)
                .to_owned()
        }));
    }
    let ours = ["AsyncDispose", "Close", "Dispose", "SafeHandle", "TryClose"];
    for name in ours {
        assert!(traits.contains(name), "{name} is missing in {traits:?}");
    }
    let others: Vec<_> = traits.iter().filter(|name| !ours.contains(&name.as_str())).collect();
    let standard =
        ["AsFd", "AsRawFd", "Clone", "Copy", "Debug", "Drop", "From", "FromRawFd", "IntoRawFd"];
    assert_eq!(others, standard);
}
