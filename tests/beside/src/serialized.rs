use dispose_core::{Close, Dispose};
use serde::{Deserialize, Serialize};

use crate::{logged, shut};

#[derive(Debug, Serialize, Deserialize, Dispose)]
struct Session {
    #[serde(skip)]
    #[unmanaged(release = shut)]
    descriptor: Option<i32>,
    name: String,
}

#[test]
fn the_handle_stays_behind() {
    let session = Session { descriptor: Some(3), name: "n".into() };
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(text, r#"{"name":"n"}"#);
    let read: Session = serde_json::from_str(&text).unwrap();
    assert!(read.is_disposed());
    drop(read);
    assert_eq!(logged(), "");
    session.close().unwrap();
    assert_eq!(logged(), "3");
}
