//! What processes have used: CPU time and memory, from `/proc`.

use std::collections::BTreeMap;

/// The unit of the times in `/proc/PID/stat`, in microseconds: `USER_HZ` is 100 on every Linux of today.
const TICK: f64 = 10_000.0;

/// One line of `/proc/PID/stat`, as far as it is of use here. Times in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    own: u64,
    /// Of children that have ended and were waited for.
    children: u64,
}

/// The fields are numbered as in proc(5). The name stands in parentheses and may itself contain some.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // The field behind the name is the third.
    let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<u64>().ok());
    Some(Stat {
        parent: u32::try_from(field(4)?).ok()?,
        own: field(14)? + field(15)?,
        children: field(16)? + field(17)?,
    })
}

/// A value of `/proc/PID/status` in MiB.
fn parse_mebibytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u32 = line.split_whitespace().next()?.parse().ok()?;
    Some(f64::from(kibibytes) / 1024.0)
}

fn stat(process: u32) -> Option<Stat> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// A process and those that it started and that run.
pub fn family(process: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let children = ids.filter(|id| stat(*id).is_some_and(|stat| stat.parent == process));
    std::iter::once(process).chain(children).collect()
}

/// Ticks of a process and of all that it started, whether they run or have ended.
fn family_ticks(process: u32) -> u64 {
    family(process).into_iter().filter_map(stat).map(|stat| stat.own + stat.children).sum()
}

/// Which processes a contender consists of.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// The servers, and what they started.
    pub servers: Vec<u32>,
    /// PostgreSQL's first process.
    pub postmaster: Option<u32>,
}

/// What they had used at an instant, in ticks.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot {
    server: u64,
    database: u64,
    client: u64,
}

/// What they used between two instants, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// The servers.
    pub server: f64,
    /// PostgreSQL.
    pub database: f64,
    /// The load generator: this process and those that it waited for (pgbench).
    pub client: f64,
}

impl Watched {
    /// The counters as they stand. The peak of memory begins anew.
    pub fn begin(&self) -> Snapshot {
        for process in &self.servers {
            // 5 resets the peak (proc(5)); where that is not allowed the peak is that of the process's whole life.
            let _ = std::fs::write(format!("/proc/{process}/clear_refs"), "5");
        }
        self.snapshot()
    }

    fn snapshot(&self) -> Snapshot {
        // Of its children only those that it waited for: the servers run on.
        let client = stat(std::process::id()).map_or(0, |stat| stat.own + stat.children);
        Snapshot {
            server: self.servers.iter().map(|process| family_ticks(*process)).sum(),
            database: self.postmaster.map_or(0, family_ticks),
            client,
        }
    }

    /// What was used since.
    pub fn since(&self, before: &Snapshot) -> Used {
        let now = self.snapshot();
        let used = |now: u64, before: u64| now.saturating_sub(before) as f64 * TICK;
        Used {
            server: used(now.server, before.server),
            database: used(now.database, before.database),
            client: used(now.client, before.client),
        }
    }

    /// The servers' peak of resident memory together, with the processes that they started, in MiB; none without
    /// servers.
    pub fn peak_memory(&self) -> Option<f64> {
        let all: Vec<f64> =
            self.servers.iter().flat_map(|process| family(*process)).filter_map(peak_memory).collect();
        (!all.is_empty()).then(|| all.iter().sum())
    }
}

/// A process's peak of resident memory, in MiB.
fn peak_memory(process: u32) -> Option<f64> {
    parse_mebibytes(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?, "VmHWM")
}

/// The time of all cores since the machine began, in ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoreTime {
    all: u64,
    /// When they had work, and the host let others run (`steal` in proc(5)).
    stolen: u64,
}

impl CoreTime {
    /// As it stands.
    pub fn now() -> Self {
        std::fs::read_to_string("/proc/stat").ok().and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let times = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        // What follows the eighth is counted in the first two already.
        let times: Vec<u64> = times.split_whitespace().take(8).map_while(|time| time.parse().ok()).collect();
        Some(Self { all: times.iter().sum(), stolen: *times.get(7)? })
    }

    /// Which share of the time since then was stolen.
    pub fn stolen_since(&self, before: &Self) -> f64 {
        let all = self.all.saturating_sub(before.all).max(1);
        self.stolen.saturating_sub(before.stolen) as f64 / all as f64
    }
}

/// What this machine is: for the head of a report.
pub fn machine() -> BTreeMap<&'static str, String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    BTreeMap::from([
        ("cpu", model.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned())),
        ("cores", cores.to_string()),
        (
            "memory",
            parse_mebibytes(&read("/proc/meminfo"), "MemTotal")
                .map_or_else(String::new, |mib| format!("{mib:.0} MiB")),
        ),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let line =
            "4242 (postgres: a) (b) S 17 4242 4242 0 -1 4194560 3017 25 1 0 120 34 5 6 20 0 1 0 99 0 0";
        assert_eq!(parse_stat(line), Some(Stat { parent: 17, own: 154, children: 11 }));
        assert_eq!(parse_stat("4242 (postgres"), None);
        assert_eq!(parse_stat("4242 (postgres) S 17"), None);
    }

    #[test]
    fn a_value_of_status_is_read_by_its_whole_name() {
        let status = "VmPeak:\t  204800 kB\nVmHWM:\t   10240 kB\nVmRSS:\t    5120 kB\n";
        assert_eq!(parse_mebibytes(status, "VmHWM"), Some(10.0));
        assert_eq!(parse_mebibytes(status, "Vm"), None);
    }

    #[test]
    fn stolen_time_is_a_share_of_all_cores_time() {
        let time = |text: &str| CoreTime::parse(text);
        let before = time("cpu  100 5 30 800 10 0 5 50 7 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n").unwrap();
        let after = time("cpu  140 5 50 810 10 0 5 80 9 0\n").unwrap();
        assert_eq!(before, CoreTime { all: 1_000, stolen: 50 });
        assert_eq!(after.stolen_since(&before), 0.3);
        assert_eq!(before.stolen_since(&before), 0.0);
        assert_eq!(time("cpu0 1 2 3"), None);
    }
}
