//! What the server itself keeps of a walk: its log, of everything at `debug`, and its metrics. Neither may tell what anybody
//! wrote, nor a token or a secret.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Mutex, Once};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing_subscriber::filter::LevelFilter;
use ykien::serve::{Running, ServeOptions, start};

use super::canary::canaries;
use super::world::World;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Appends to [`LOG`].
struct Kept;

impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LOG.lock().expect("the log").extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps the log of this process from here on.
pub fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let log = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_ansi(false);
        log.with_writer(|| Kept).try_init().expect("nobody else keeps this process's log");
    });
}

/// Serves this process's metrics.
pub async fn metrics(world: &World) -> Running {
    let loopback = ServeOptions::loopback();
    let metrics = loopback.admin;
    let options = ServeOptions { comments: None, aggregation: None, admin: None, metrics, ..loopback };
    start(options, world.base.store.clone()).await.expect("the metrics are served")
}

/// Fails for every secret, token or text of anybody in the log or in the metrics, and when `operation` is in neither: then
/// nothing was kept.
pub async fn expect_silence(world: &World, metrics: &Running, operation: &str) {
    let metrics = fetch(metrics.metrics.expect("an address")).await;
    let log = String::from_utf8_lossy(&LOG.lock().expect("the log")).into_owned();
    let texts = canaries().into_iter().map(|canary| canary.text).filter(|text| text.starts_with("CANARY-"));
    let private: Vec<String> = texts.chain(world.secrets()).collect();
    for (name, kept) in [("log", &log), ("metrics", &metrics)] {
        assert!(kept.contains(operation), "the {name} kept nothing of {operation}");
        for text in &private {
            let line = kept.lines().find(|line| line.contains(text.as_str()));
            assert_eq!(line, None, "the {name} tells {text}");
        }
    }
}

async fn fetch(address: SocketAddr) -> String {
    let mut connection = TcpStream::connect(address).await.expect("the metrics' port answers");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("the whole answer");
    answer
}
