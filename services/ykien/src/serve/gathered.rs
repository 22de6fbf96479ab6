//! Connections that write their answers together.
//!
//! A group of submissions is answered at once, and each answer wakes its connection. Written one by one, every answer costs
//! two system calls here and a wake-up at the client. So a connection that wants to flush lets those tasks that are ready
//! run first, and then writes what they all had to say. HTTP/2 writes a long frame in two pieces, and flushes it before it
//! goes on with what follows, its own trailers first: that flush is put off until the one at the end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is gathered at most, in bytes; more is written at once.
const MOST: usize = 64 * 1024;

/// The room that a connection keeps while it has little to say, in bytes.
const KEPT: usize = 8 * 1024;

/// That is little, in bytes: a ping is, and the answers to one who asks for much are not. To take room for each of
/// those and give it back after it, would copy them twice.
const LITTLE: usize = 2 * 1024;

/// A connection whose writes wait for those of its neighbours. For HTTP alone, which flushes whenever it is woken: a flush that
/// is put off wakes it.
pub(super) struct Gathered<C> {
    connection: C,
    waiting: Vec<u8>,
    /// How much of it is written.
    written: usize,
    /// How many writes came since a flush was asked for.
    pieces: usize,
    /// Whether the others had their turn since the flush was asked for.
    yielded: bool,
}

impl<C> Gathered<C> {
    pub(super) fn new(connection: C) -> Self {
        Self { connection, waiting: Vec::new(), written: 0, pieces: 0, yielded: false }
    }
}

impl<C: AsyncWrite + Unpin> Gathered<C> {
    /// Writes what waits.
    fn poll_write_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.waiting.get(self.written..).filter(|rest| !rest.is_empty()) {
            let written = ready!(Pin::new(&mut self.connection).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        self.waiting.clear();
        if (1..LITTLE).contains(&self.written) {
            self.waiting.shrink_to(KEPT);
        }
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Gathered<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.waiting.len() + bytes.len() > MOST {
            ready!(self.poll_write_out(context))?;
            if bytes.len() > MOST {
                return Pin::new(&mut self.connection).poll_write(context, bytes);
            }
        }
        self.waiting.extend_from_slice(bytes);
        self.pieces += 1;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty());
        self.poll_write(context, first.map_or(&[], |slice| slice))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let long = std::mem::take(&mut self.pieces) > 1;
        if !self.waiting.is_empty() && (long || !self.yielded) {
            // A task that wakes itself goes behind all that are ready, and flushes again when it comes.
            context.waker().wake_by_ref();
            if long {
                return Poll::Ready(Ok(()));
            }
            self.yielded = true;
            return Poll::Pending;
        }
        ready!(self.poll_write_out(context))?;
        self.yielded = false;
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(context))?;
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Gathered<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::Full;
    use hyper::body::Bytes;
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use hyper_util::server::conn::auto::Builder;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Counts the writes.
    struct Counted(tokio::io::DuplexStream, Arc<AtomicUsize>);

    impl AsyncWrite for Counted {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Pin::new(&mut self.0).poll_write(cx, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(cx)
        }
    }

    impl AsyncRead for Counted {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(cx, buffer)
        }
    }

    fn counted(room: usize) -> (Gathered<Counted>, tokio::io::DuplexStream, Arc<AtomicUsize>) {
        let (here, there) = tokio::io::duplex(room);
        let writes = Arc::<AtomicUsize>::default();
        (Gathered::new(Counted(here, writes.clone())), there, writes)
    }

    #[tokio::test]
    async fn a_flush_lets_one_round_of_other_tasks_run_first() {
        let (mut here, _there, writes) = counted(1024);
        here.write_all(b"answer").await.unwrap();
        let mut flush = Box::pin(here.flush());
        assert!(futures::poll!(&mut flush).is_pending());
        assert_eq!(writes.load(Ordering::Relaxed), 0);
        assert!(futures::poll!(&mut flush).is_ready());
        assert_eq!(writes.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_is_written_in_pieces_goes_out_in_one_write_at_the_flush_after_the_last() {
        let (mut here, mut there, writes) = counted(1024);
        for part in ["a long answer's head", ", its rest"] {
            here.write_all(part.as_bytes()).await.unwrap();
        }
        assert!(futures::poll!(Box::pin(here.flush())).is_ready());
        here.write_all(b", its trailers").await.unwrap();
        assert!(futures::poll!(Box::pin(here.flush())).is_pending());
        assert_eq!(writes.load(Ordering::Relaxed), 0);
        here.flush().await.unwrap();
        assert_eq!(writes.load(Ordering::Relaxed), 1);
        here.shutdown().await.unwrap();
        let mut read = String::new();
        there.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "a long answer's head, its rest, its trailers");
    }

    #[tokio::test]
    async fn a_flush_put_off_is_asked_for_again() {
        let (mut here, mut there, _) = counted(1024);
        tokio::spawn(async move {
            let mut said = Some(["in two", " pieces"]);
            poll_fn(|context| {
                for piece in said.take().into_iter().flatten() {
                    assert!(Pin::new(&mut here).poll_write(context, piece.as_bytes()).is_ready());
                }
                let _ = Pin::new(&mut here).poll_flush(context);
                Poll::<()>::Pending
            })
            .await;
        });
        let mut read = [0; 13];
        there.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"in two pieces");
    }

    #[tokio::test]
    async fn long_answers_over_http2_go_out_in_one_write() {
        const LENGTH: usize = 5_000;
        const CALLS: usize = 8;
        let (here, mut there, writes) = counted(MOST);
        let long =
            async |_| Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from(vec![b'x'; LENGTH]))));
        let server = Builder::new(TokioExecutor::new());
        tokio::spawn(async move {
            server.serve_connection(TokioIo::new(here), service_fn(long)).await.unwrap();
        });
        let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        let mut said = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &settings].concat();
        for call in 0..CALLS {
            // `GET http://x/` as HPACK, and the end of the request.
            said.extend([0, 0, 6, 1, 5, 0, 0, 0, u8::try_from(2 * call + 1).unwrap()]);
            said.extend([0x82, 0x86, 0x84, 0x41, 0x01, b'x']);
        }
        there.write_all(&said).await.unwrap();
        let mut left = CALLS * LENGTH;
        let mut read = vec![0; MOST];
        while left > 0 {
            let count = there.read(&mut read).await.unwrap();
            left -= read[..count].iter().filter(|byte| **byte == b'x').count();
        }
        // The first two are the server's settings, and that it has read the client's.
        assert_eq!(writes.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn room_is_kept_from_one_long_answer_to_the_next_and_given_back_after_a_short_one() {
        let (mut here, mut there, _) = counted(MOST);
        let mut read = vec![0; MOST];
        for (said, room) in
            [(LITTLE, 0..=KEPT), (MOST, MOST..=2 * MOST), (LITTLE, MOST..=2 * MOST), (1, 0..=KEPT)]
        {
            here.write_all(&vec![b'x'; said]).await.unwrap();
            here.flush().await.unwrap();
            // With nothing to say.
            here.flush().await.unwrap();
            there.read_exact(&mut read[..said]).await.unwrap();
            assert!(room.contains(&here.waiting.capacity()), "{said}: {}", here.waiting.capacity());
        }
    }

    #[tokio::test]
    async fn nothing_is_lost_when_the_other_side_reads_slowly_and_the_text_is_long() {
        let (mut here, mut there, _) = counted(7);
        let text: Vec<u8> = (0..3 * MOST + 5).map(|index| (index % 251) as u8).collect();
        let sent = text.clone();
        let writing = tokio::spawn(async move {
            for part in sent.chunks(1_000).take(20).chain([&sent[20_000..]]) {
                here.write_all(part).await.unwrap();
            }
            here.shutdown().await.unwrap();
        });
        let mut read = Vec::new();
        there.read_to_end(&mut read).await.unwrap();
        writing.await.unwrap();
        assert!(read == text);
    }
}
