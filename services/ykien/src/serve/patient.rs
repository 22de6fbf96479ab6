//! Connections that are not waited for forever. HTTP/2 finds a dead peer by its pings and hyper times the heads of HTTP/1;
//! what neither sees is who connects and says nothing, and who asks and does not read the answer.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a client may take to say which HTTP it speaks.
pub(super) const FIRST_BYTES_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to make room for more of an answer.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How many bytes tell which HTTP it is: HTTP/2's preface, and less than any head of HTTP/1.1 with its `Host`.
const FIRST_BYTES: usize = 24;

/// A connection with those two limits. Past one it fails with [`io::ErrorKind::TimedOut`].
pub(super) struct Patient<C> {
    connection: C,
    /// How many bytes are still to come before it is known what the client speaks.
    unknown: usize,
    /// Runs while something is waited for that has a limit.
    limit: Pin<Box<Sleep>>,
    /// Whether a write is waiting.
    stalled: bool,
}

impl<C> Patient<C> {
    pub(super) fn new(connection: C) -> Self {
        Self {
            connection,
            unknown: FIRST_BYTES,
            limit: Box::pin(tokio::time::sleep(FIRST_BYTES_TIMEOUT)),
            stalled: false,
        }
    }

    /// A write's outcome, or the end when it waited for too long.
    fn written<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = false;
            return outcome;
        }
        if !self.stalled {
            self.stalled = true;
            self.unknown = 0;
            self.limit.as_mut().reset(Instant::now() + STALL_TIMEOUT);
        }
        self.limit.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Patient<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.connection).poll_read(context, buffer);
        self.unknown = self.unknown.saturating_sub(buffer.filled().len() - before);
        if outcome.is_pending() && self.unknown > 0 {
            return self.limit.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        outcome
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Patient<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.connection).poll_write(context, bytes);
        self.written(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.connection).poll_flush(context);
        self.written(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.connection).poll_shutdown(context);
        self.written(context, outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    fn pair() -> (Patient<DuplexStream>, DuplexStream) {
        let (here, there) = duplex(64);
        (Patient::new(here), there)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_too_little_is_given_up_and_one_that_spoke_is_not() {
        let (mut silent, _there) = pair();
        assert_eq!(silent.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);

        let (mut slow, mut there) = pair();
        there.write_all(b"PRI * HTTP/2.0").await.unwrap();
        let mut bytes = [0; FIRST_BYTES];
        assert_eq!(slow.read_exact(&mut bytes).await.unwrap_err().kind(), io::ErrorKind::TimedOut);

        let (mut idle, mut there) = pair();
        there.write_all(&[b'x'; FIRST_BYTES]).await.unwrap();
        idle.read_exact(&mut bytes).await.unwrap();
        let long = tokio::time::timeout(Duration::from_secs(3_600), idle.read_u8()).await;
        assert!(long.is_err(), "it is HTTP's to say how long it may be idle");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_its_answer_is_given_up_and_a_slow_one_is_not() {
        let (mut here, mut there) = pair();
        let begin = Instant::now();
        let read = tokio::spawn(async move {
            for _ in 0..3 {
                tokio::time::sleep(STALL_TIMEOUT / 2).await;
                there.read_exact(&mut [0; 64]).await.unwrap();
            }
            there
        });
        let answer = [0; 64 * 5];
        let outcome = here.write_all(&answer).await;
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed().as_secs(), (STALL_TIMEOUT / 2 * 3 + STALL_TIMEOUT).as_secs());
        drop(read.await.unwrap());
    }
}
