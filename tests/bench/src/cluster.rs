//! A PostgreSQL of this run's own: the default configuration with the deployment's cache, fsync on, C collation, in a new folder.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, bail, ensure};
use tokio::process::Command;

/// Who owns the cluster when this program runs as root: PostgreSQL refuses root, and Debian's package makes this user.
const OWNER: &str = "postgres";
/// PostgreSQL's own cache, as `deploy/compose.yaml` has it; the default of 128 MB is for the smallest machines.
const SHARED_BUFFERS: &str = "1GB";
/// How many ports are tried: nobody can reserve one for somebody else.
const PORTS: usize = 10;

/// A running cluster; it stops and its folder goes with the value.
pub struct Cluster {
    bin: PathBuf,
    folder: tempfile::TempDir,
    as_root: bool,
    port: u16,
    password: String,
    /// Its first process.
    pub postmaster: u32,
}

impl Cluster {
    /// Makes and starts a cluster in a new folder inside of this one.
    pub async fn start(inside: &Path) -> anyhow::Result<Self> {
        let bin = binaries()?;
        let folder = tempfile::Builder::new().prefix("ykien-bench-pg.").tempdir_in(inside)?;
        let as_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder.path())?) == 0;
        let password = password()?;
        std::fs::write(folder.path().join("password"), &password)?;
        let mut cluster = Self { bin, folder, as_root, port: 0, password, postmaster: 0 };
        if as_root {
            let path = cluster.folder.path().display().to_string();
            succeeded(&Command::new("chown").args(["-R", OWNER, &path]).output().await?)?;
        }
        let initdb = [
            "--pgdata=data",
            "--username=postgres",
            "--pwfile=password",
            "--auth=scram-sha-256",
            "--locale=C",
            "--encoding=UTF8",
        ];
        succeeded(&cluster.as_owner("initdb").args(initdb).output().await?).context("initdb")?;
        cluster.listen().await?;
        Ok(cluster)
    }

    /// As the user that may run PostgreSQL, in the cluster's folder.
    fn as_owner(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if self.as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", OWNER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    async fn listen(&mut self) -> anyhow::Result<()> {
        let folder = self.folder.path().display().to_string();
        let mut said = String::new();
        for _ in 0..PORTS {
            self.port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            // All that differs from the defaults: every contender keeps a pool of its own, and the cache is the deployment's.
            let options = format!(
                "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={folder} -c max_connections=400 \
                 -c shared_buffers={SHARED_BUFFERS}",
                self.port
            );
            let mut start = self.as_owner("pg_ctl");
            start.args(["--pgdata=data", "--log=server.log", "--timeout=60", "--wait", "--silent"]);
            // Not piped: the server would hold the pipe open.
            let started = start
                .arg(format!("--options={options}"))
                .arg("start")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .await?;
            if started.success() {
                let file = self.folder.path().join("data/postmaster.pid");
                let pid = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
                self.postmaster = pid.lines().next().unwrap_or_default().trim().parse()?;
                return Ok(());
            }
            said = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        }
        bail!("PostgreSQL does not start:\n{said}")
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// One of PostgreSQL's client programs, set up for one of the databases.
    pub fn client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres")
            .env("PGPASSWORD", &self.password)
            .env("PGDATABASE", database)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// What psql prints for these statements: one line a row, columns divided by `|`.
    pub async fn psql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let mut psql = self.client("psql", database);
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--command",
            sql,
        ]);
        succeeded(&psql.output().await?).with_context(|| sql.to_owned())
    }

    /// A database: empty, or a copy of another to which nobody is connected.
    pub async fn create_database(&self, name: &str, copy_of: Option<&str>) -> anyhow::Result<()> {
        let template = match copy_of {
            Some(other) => format!("TEMPLATE {other}"),
            None => "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'".to_owned(),
        };
        self.psql("postgres", &format!("CREATE DATABASE {name} {template}")).await?;
        Ok(())
    }

    /// Vacuums the tables that the contender before has changed: none pays for that of another, which would come when
    /// it comes.
    pub async fn vacuum(&self) -> anyhow::Result<()> {
        const DATABASES: &str = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate";
        // As many rows as autovacuum takes for worth a look in a small table.
        const CHANGED: &str = "SELECT string_agg(relname, ', ') FROM pg_stat_user_tables \
             WHERE GREATEST(n_mod_since_analyze, n_ins_since_vacuum, n_dead_tup) > 1000";
        for database in self.psql("postgres", DATABASES).await?.lines() {
            let changed = self.psql(database, CHANGED).await?;
            if !changed.trim().is_empty() {
                self.psql(database, &format!("VACUUM (ANALYZE) {changed}")).await?;
            }
        }
        Ok(())
    }

    /// Writes what is dirty: no contender pays for the pages of the one before it.
    pub async fn checkpoint(&self) -> anyhow::Result<()> {
        self.psql("postgres", "CHECKPOINT").await?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.as_owner("pg_ctl");
        // Immediate: nothing here is worth a checkpoint.
        stop.args(["--pgdata=data", "--mode=immediate", "--silent", "stop"]);
        let stopped = stop.as_std_mut().status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("PostgreSQL (process {}) could not be stopped", self.postmaster);
        }
    }
}

/// What a program printed, if it went well.
pub fn succeeded(output: &Output) -> anyhow::Result<String> {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    Ok(stdout)
}

/// The folder of the binaries: that of `YKIEN_TEST_POSTGRES_BIN`, else the newest release installed, as `tests/pg/with` does.
fn binaries() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("YKIEN_TEST_POSTGRES_BIN") {
        return Ok(folder.into());
    }
    // Debian keeps each release in a folder of its own, off the PATH.
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max();
    if let Some((_, bin)) = newest {
        return Ok(bin);
    }
    let asked = std::process::Command::new("pg_config").arg("--bindir").output();
    let bin = asked.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let bin = bin.map(|bin| PathBuf::from(bin.trim())).filter(|bin| bin.join("initdb").exists());
    bin.context("PostgreSQL is not installed (initdb is missing): apt-get install postgresql, or set YKIEN_TEST_POSTGRES_BIN")
}

/// 128 bits, in hexadecimal.
fn password() -> anyhow::Result<String> {
    use std::io::Read as _;
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_that_of_the_deployment() {
        let compose = include_str!("../../../deploy/compose.yaml");
        assert!(compose.contains(&format!("--shared_buffers=${{YKIEN_SHARED_BUFFERS:-{SHARED_BUFFERS}}}")));
    }
}
