//! A PostgreSQL session through an asynchronous client, `tokio-postgres`. It says goodbye to the server if
//! its disposal is awaited, and hangs up otherwise.
//!
//! ```text
//! cargo run -q -p dispose-examples --example async_database "host=/var/run/postgresql user=me"
//! ```

use std::io;
use std::time::Duration;

use dispose_core::{AsyncDispose, Dispose, Disposed, set_drop_hook, using_async};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// A session. Its fields are released last first. The farewell needs the client, and the task that moves
/// the bytes ends after the client has gone.
#[derive(Dispose, AsyncDispose)]
pub struct Session {
    // The task ends by itself once the client's last words are sent. Without an executor it is cut off.
    #[unmanaged(release_async = ended, release = |task| task.abort())]
    connection: Option<JoinHandle<Result<(), tokio_postgres::Error>>>,
    #[unmanaged(release = drop)]
    client: Option<Client>,
    // Statements to run at the end. They need an executor, so a session that is only dropped is reported
    // to the drop hook.
    #[unmanaged(release_async = async |sql: String| self.say(&sql).await, each)]
    farewells: Vec<String>,
}

async fn ended(connection: JoinHandle<Result<(), tokio_postgres::Error>>) -> io::Result<()> {
    connection.await?.map_err(io::Error::other)
}

impl Session {
    /// Connects to the server that `target` names.
    ///
    /// # Errors
    ///
    /// Returns an error if the client cannot connect.
    pub async fn open(target: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(target, NoTls).await?;
        let connection = tokio::spawn(connection);
        Ok(Self { connection: Some(connection), client: Some(client), farewells: Vec::new() })
    }

    /// Adds `sql` to the statements that run when the session is disposed of. The last one runs first.
    ///
    /// # Errors
    ///
    /// Returns an error if the session has been disposed of.
    pub fn at_the_end(&mut self, sql: &str) -> Result<(), Disposed> {
        self.ensure_live()?;
        self.farewells.push(sql.into());
        Ok(())
    }

    /// Runs statements and returns the first value of the last row.
    ///
    /// # Errors
    ///
    /// Returns an error if the server reports one, or if the session has been disposed of.
    pub async fn ask(&self, sql: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let client = self.client.as_ref().ok_or("the session has been disposed of")?;
        let rows = client.simple_query(sql).await?;
        let value = rows.iter().rev().find_map(|row| match row {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(value.unwrap_or_default().into())
    }

    async fn say(&self, sql: &str) -> io::Result<()> {
        println!("  {sql}");
        self.ask(sql).await.map(drop).map_err(io::Error::other)
    }
}

type Anything = Box<dyn std::error::Error + Send + Sync>;

async fn run(target: &str) -> Result<(), Anything> {
    set_drop_hook(Some(|report| println!("  drop hook: {report}")));

    println!("awaited to its end:");
    let version = using_async(Session::open(target).await?, async |session| {
        session.at_the_end("SELECT pg_advisory_unlock_all()")?;
        session.at_the_end("DISCARD TEMP")?;
        session.ask("SHOW server_version").await
    })
    .await
    .map_err(dispose_core::UsingError::boxed)?;
    println!("  that was PostgreSQL {version}");

    println!("\ncancelled half-way:");
    let mut session = Session::open(target).await?;
    session.at_the_end("SELECT pg_advisory_unlock_all()")?;
    session.at_the_end("SELECT pg_sleep(30)")?;
    let patience = Duration::from_millis(300);
    if timeout(patience, session.dispose_async()).await.is_err() {
        println!("  no patience; what is left is dropped");
    }
    drop(session);
    Ok(())
}

fn main() -> Result<(), Anything> {
    let target = std::env::args().nth(1).unwrap_or_else(|| "host=/var/run/postgresql".into());
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(&target))
}
