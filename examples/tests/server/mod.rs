//! A PostgreSQL server for one test, in a directory that is removed with it.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, ffi::CStr};

use dispose_examples::{Scratch, alone, skipped, wait_for};

use crate::postgres::{Libpq, Session};

/// A server. Only the user `dispose` can connect, with a password, through a socket in its directory.
pub struct Server {
    process: Option<Child>,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    scratch: Scratch,
}

impl Server {
    /// Starts one. Returns `None`, and prints why, if PostgreSQL is missing.
    pub fn start(test: &str) -> Option<Self> {
        if let Err(error) = Libpq::get() {
            skipped(test, &error.to_string());
            return None;
        }
        let Some(programs) = programs() else {
            skipped(test, "there is no PostgreSQL server");
            return None;
        };
        let user = match user() {
            Ok(user) => user,
            Err(why) => {
                skipped(test, why);
                return None;
            }
        };
        // Short, because a socket's path may not be long.
        let scratch = Scratch::new("pg");
        if let Some((user, group)) = user {
            chown(scratch.path(), Some(user), Some(group)).unwrap();
        }
        let mut new = Self { process: None, programs, user, scratch };
        let password = new.path("password");
        fs::write(&password, "secret\n").unwrap();
        fs::set_permissions(&password, PermissionsExt::from_mode(0o644)).unwrap();
        let output = new
            .command("initdb")
            .args(["--username=dispose", "--auth=scram-sha-256", "--no-sync", "--locale=C"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(new.path("data"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        new.restart();
        Some(new)
    }

    /// Starts it on the existing data, and waits until it accepts a connection.
    pub fn restart(&mut self) {
        let log = File::create(self.path("log")).unwrap();
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.path("data")).arg("-k").arg(self.scratch.path());
        for setting in ["listen_addresses=", "max_prepared_transactions=4", "fsync=off"] {
            command.arg("-c").arg(setting);
        }
        command.stdout(log.try_clone().unwrap()).stderr(log);
        // SAFETY: `prctl` may be called after a fork.
        unsafe {
            command.pre_exec(|| {
                // Should the test be killed, the server goes too.
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGQUIT);
                Ok(())
            });
        }
        self.process = Some(command.spawn().unwrap());
        wait_for(|| {
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            let log = fs::read_to_string(self.path("log")).unwrap();
            assert!(ended.is_none(), "{log}");
            Session::open(&self.target(), &[]).ok()
        });
    }

    /// Ends it at once, as a crash would, and waits for it.
    pub fn crash(&mut self) {
        self.end(libc::SIGQUIT);
    }

    fn end(&mut self, signal: i32) {
        if let Some(mut process) = self.process.take() {
            // SAFETY: reaches no memory; the process is ours and not yet waited for.
            unsafe { libc::kill(process.id().try_into().unwrap(), signal) };
            // The server waits for its own processes first.
            process.wait().unwrap();
        }
    }

    /// Returns its address, as libpq's parameters.
    pub fn target(&self) -> String {
        format!("{} password=secret", self.target_without_password())
    }

    pub fn target_without_password(&self) -> String {
        format!("host={} user=dispose dbname=postgres", self.scratch.path().display())
    }

    /// Returns what it has written to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.scratch.path()).stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(libc::SIGINT);
    }
}

/// Returns the directory of `initdb` and `postgres`: on the path, or Debian's.
fn programs() -> Option<PathBuf> {
    let mut places: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|version| version.unwrap().path().join("bin"))
        .collect();
    places.sort();
    places.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    places.into_iter().rev().find(|place| is_file(place, "initdb") && is_file(place, "postgres"))
}

fn is_file(place: &Path, name: &str) -> bool {
    place.join(name).is_file()
}

/// Returns the user to run it as, if this process's user is root, as which it refuses to run.
fn user() -> Result<Option<(u32, u32)>, &'static str> {
    // SAFETY: has no precondition.
    if unsafe { libc::geteuid() } != 0 {
        return Ok(None);
    }
    let _alone = alone();
    let find = |name: &CStr| {
        // SAFETY: a C string; what is found is valid until the next call, which waits for `alone`.
        unsafe { libc::getpwnam(name.as_ptr()).as_ref() }.map(|user| (user.pw_uid, user.pw_gid))
    };
    let found = find(c"postgres").or_else(|| find(c"nobody"));
    found.map(Some).ok_or("no user but root, as whom no PostgreSQL server runs")
}
