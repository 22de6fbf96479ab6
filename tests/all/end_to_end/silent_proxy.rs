//! A network that loses answers: what is sent arrives, and what comes back does not. So a call can be known to be done
//! and not known to be answered, which a crash alone brings about once in a thousand times.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A way to a server.
pub struct SilentProxy {
    /// Where it is entered.
    pub address: SocketAddr,
    silent: Arc<AtomicBool>,
    task: AbortHandle,
}

impl SilentProxy {
    /// A way to this server that, for now, loses nothing. It takes one connection.
    pub async fn new(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let silent = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(relay(listener, server, Arc::clone(&silent))).abort_handle();
        Ok(Self { address, silent, task })
    }

    /// From now on nothing comes back.
    pub fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }
}

impl Drop for SilentProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(listener: TcpListener, server: SocketAddr, silent: Arc<AtomicBool>) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = listener.accept().await?.0.into_split();
    drop(listener);
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let back = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = from_server.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            if !silent.load(Ordering::SeqCst) {
                to_client.write_all(&buffer[..read]).await?;
            }
        }
    };
    // The end of either side ends both.
    tokio::select! {
        sent = tokio::io::copy(&mut from_client, &mut to_server) => sent.map(|_| ()),
        received = back => received,
    }
}
