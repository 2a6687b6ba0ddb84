//! A live line to a relay.

use omamori_core::{id::RecordId, log::EntryKind};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tungstenite::{
    Message, WebSocket,
    client::IntoClientRequest,
    handshake::HandshakeError,
    http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
};

/// How long to listen before it counts as silence.
const PATIENCE: Duration = Duration::from_secs(1);

/// A stream of bytes, encrypted or not.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// What the relay said.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A new entry.
    Entry(u64, EntryKind, Vec<u8>),
    /// Entries were left out.
    Pull,
    /// The line ended, with this code.
    Closed(Option<u16>),
    /// Nothing for a second.
    Nothing,
}

/// A line.
pub struct Line {
    socket: WebSocket<Box<dyn Stream>>,
    /// The connection below it.
    pub tcp: TcpStream,
}

impl Line {
    /// Opens a line.
    ///
    /// # Errors
    /// The status with which the relay refuses.
    pub fn open(base: &str, record: &RecordId, token: &str) -> Result<Self, u16> {
        let host = base.strip_prefix("http://").unwrap();
        let tcp = TcpStream::connect(host).unwrap();
        Self::over(
            Box::new(tcp.try_clone().unwrap()),
            tcp,
            &format!("ws://{host}"),
            record,
            token,
        )
    }

    /// Opens a line over TLS.
    ///
    /// # Errors
    /// The status with which the relay refuses.
    pub fn open_tls(
        base: &str,
        authority: &Path,
        record: &RecordId,
        token: &str,
    ) -> Result<Self, u16> {
        let host = base.strip_prefix("https://").unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(authority).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tcp = TcpStream::connect(host).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = StreamOwned::new(connection, tcp.try_clone().unwrap());
        Self::over(
            Box::new(stream),
            tcp,
            &format!("wss://{host}"),
            record,
            token,
        )
    }

    fn over(
        stream: Box<dyn Stream>,
        tcp: TcpStream,
        base: &str,
        record: &RecordId,
        token: &str,
    ) -> Result<Self, u16> {
        let mut request = format!("{base}/v1/records/{record}/live")
            .into_client_request()
            .unwrap();
        let protocols = HeaderValue::from_str(&format!("omamori.v1, bearer.{token}")).unwrap();
        request
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, protocols);
        tcp.set_nodelay(true).unwrap();
        match tungstenite::client(request, stream) {
            Ok((socket, response)) => {
                assert_eq!(response.headers()[SEC_WEBSOCKET_PROTOCOL], "omamori.v1");
                tcp.set_read_timeout(Some(PATIENCE)).unwrap();
                Ok(Self { socket, tcp })
            }
            Err(HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// What the relay says next; pings are answered on the way.
    pub fn hear(&mut self) -> Heard {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match self.socket.read() {
                Ok(Message::Binary(frame)) => {
                    let value = ciborium::from_reader(frame.as_ref()).unwrap();
                    let (seq, kind, bytes) = super::client::entry(&value);
                    return Heard::Entry(seq, kind, bytes);
                }
                Ok(Message::Text(text)) => {
                    assert_eq!(text.as_str(), r#"{"pull":true}"#);
                    return Heard::Pull;
                }
                Ok(Message::Close(frame)) => return Heard::Closed(frame.map(|f| f.code.into())),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    return Heard::Nothing;
                }
                Err(_) => return Heard::Closed(None),
            }
        }
        Heard::Nothing
    }

    /// The position of the next entry; anything else fails.
    pub fn entry(&mut self) -> u64 {
        for _ in 0..30 {
            match self.hear() {
                Heard::Entry(seq, ..) => return seq,
                Heard::Nothing => {}
                other => panic!("{other:?}"),
            }
        }
        panic!("no entry came");
    }

    /// Says something the relay does not want to hear.
    pub fn say(&mut self, message: Message) {
        self.socket.send(message).unwrap();
    }
}
