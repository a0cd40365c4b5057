//! Wall time and processor time of a piece of work. Where the machine is busy only the second says anything.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// How long something took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// By the wall clock.
    pub wall: Duration,
    /// By the processors, all threads together.
    pub cpu: Duration,
}

/// Runs `work` and measures this process.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (cpu, wall) = (process_cpu(), Instant::now());
    let result = work();
    (result, Took { wall: wall.elapsed(), cpu: process_cpu().saturating_sub(cpu) })
}

/// Processor time of this process so far.
fn process_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default());
    seconds + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

/// Processor time of another process of this user so far, in steps of 10 ms (proc_pid_stat(5), fields 14 and 15).
pub fn child_cpu(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; the fields are counted after it.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11).map(str::parse::<u64>);
    let ticks = fields.next()?.ok()? + fields.next()?.ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// A field of `/proc/PID/status` in bytes, such as `VmHWM` (the most memory ever resident).
pub fn memory(pid: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

/// The middle of `samples`; zero of none.
pub fn median(samples: &mut [Duration]) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// `count` a second on two processors, by processor time: what an idle machine with two would reach.
#[expect(clippy::cast_precision_loss, reason = "rates are rounded when shown")]
pub fn rate(count: u64, cpu: Duration) -> f64 {
    2.0 * count as f64 / cpu.as_secs_f64().max(1e-9)
}

/// `count` a second by the wall clock.
#[expect(clippy::cast_precision_loss, reason = "rates are rounded when shown")]
pub fn wall_rate(count: u64, wall: Duration) -> f64 {
    count as f64 / wall.as_secs_f64().max(1e-9)
}
