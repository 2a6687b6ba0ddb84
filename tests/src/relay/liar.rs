//! A relay that lies: it stands in front of a real one and changes the pages that people are shown.

use super::{Client, client};
use ciborium::Value;
use omamori_core::log::EntryKind;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::JoinHandle,
};

/// An entry of a page: position, kind, bytes.
pub type PageEntry = (u64, EntryKind, Vec<u8>);
/// What becomes of a page's entries.
pub type Lie = Box<dyn Fn(Vec<PageEntry>) -> Vec<PageEntry> + Send + Sync>;

/// It listens until it is dropped.
pub struct Liar {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Liar {
    /// Stands in front of the relay that `upstream` talks to.
    pub fn before(upstream: Client, lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ending = Arc::new(AtomicBool::new(false));
        let ended = ending.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(SeqCst) {
                    return;
                }
                pass_on(stream.unwrap(), &upstream, &lie);
            }
        });
        Self {
            address,
            ending,
            thread: Some(thread),
        }
    }

    /// Somebody who takes it for the relay.
    pub fn client(&self) -> Client {
        Client::new(format!("http://{}", self.address))
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.ending.store(true, SeqCst);
        // Wakes it; fails when it is gone already.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// One request on one connection.
fn pass_on(stream: TcpStream, upstream: &Client, lie: &Lie) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return;
    };
    let (mut length, mut bearer) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => value.trim().clone_into(&mut bearer),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let headers = [("authorization", bearer.as_str())];
    let headers = if bearer.is_empty() { &[][..] } else { &headers };
    let answer = upstream.ask(&method, &path, headers, &body);
    let kind = answer.header("content-type").to_owned();
    let told = match (answer.status, kind.as_str()) {
        (200, "application/cbor") => page(&answer.body, lie),
        _ => answer.body,
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {} told\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.status,
        told.len()
    )
    .unwrap();
    stream.write_all(&told).unwrap();
}

fn page(body: &[u8], lie: &Lie) -> Vec<u8> {
    let mut page: Value = ciborium::from_reader(body).unwrap();
    let entries = client::page(body).entries;
    let told = lie(entries)
        .into_iter()
        .map(|(seq, kind, bytes)| {
            Value::Array(vec![
                seq.into(),
                u64::from(kind.code()).into(),
                Value::Bytes(bytes),
            ])
        })
        .collect();
    for (name, value) in page.as_map_mut().unwrap() {
        if name.as_text() == Some("entries") {
            *value = Value::Array(told);
            break;
        }
    }
    let mut body = Vec::new();
    ciborium::into_writer(&page, &mut body).unwrap();
    body
}
