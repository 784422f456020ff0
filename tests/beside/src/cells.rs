//! Owner and dependent in one type: each has a derive, the cell has none, and drops the dependent first.

use dispose_core::Close;
use ouroboros::self_referencing;
use self_cell::self_cell;

use crate::log;

#[derive(Close)]
struct Database(#[unmanaged(release = |n| log(format!("database {n}")), invalid = -1)] i32);

#[derive(Close)]
struct Statement<'a> {
    #[unmanaged(release = |n| log(format!("statement {n} of {}", self.database.0)), invalid = -1)]
    number: i32,
    database: &'a Database,
}

self_cell!(
    struct Cell {
        owner: Database,
        #[covariant]
        dependent: Statement,
    }
);

#[test]
fn self_cell() {
    let cell = Cell::new(Database(1), |database| Statement { number: 2, database });
    assert_eq!(cell.borrow_dependent().number, 2);
    drop(cell);
    assert_eq!(crate::logged(), "statement 2 of 1 database 1");
}

#[self_referencing]
struct Referencing {
    database: Database,
    #[borrows(database)]
    #[covariant]
    statement: Statement<'this>,
}

#[test]
fn ouroboros() {
    let build = |database| Referencing::new(database, |database| Statement { number: 2, database });
    drop(build(Database(1)));
    assert_eq!(crate::logged(), "statement 2 of 1 database 1");
    // By hand, with what comes out.
    build(Database(1)).into_heads().database.close().unwrap();
    assert_eq!(crate::logged(), "statement 2 of 1 database 1");
}
