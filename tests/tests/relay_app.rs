//! The app as the relay serves it: packed, cached, and with headers that leave it nothing but this origin.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails fails its test"
)]

use omamori_relay::config::Tls;
use omamori_tests::relay::{Client, Heard, Household, Line, LocalRelay};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

const WASM: &str = "/assets/core-Bq3_x-9z.wasm";

/// A relay that serves a small app with one of everything.
fn serving(tls: Tls) -> (LocalRelay, tempfile::TempDir) {
    let app = tempfile::tempdir().unwrap();
    let file = |name: &str, body: &str| {
        let path = app.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body).unwrap();
    };
    file("index.html", "home");
    file("index.html.br", "home, brotli");
    file("index.html.gz", "home, gzip");
    file("c.html", "card");
    file("sw.js", "worker");
    file("viewer-sw.js", "worker");
    file("manifest.webmanifest", "{}");
    file(&WASM[1..], "wasm");
    file(&format!("{}.br", &WASM[1..]), "wasm, brotli");
    fs::write(
        app.path().parent().unwrap().join("omamori-outside.txt"),
        "outside",
    )
    .unwrap();
    let folder = app.path().to_owned();
    let relay = LocalRelay::with(|config| {
        config.app = Some(folder);
        config.tls = tls;
    });
    (relay, app)
}

#[test]
fn the_pages_lie_where_people_look_for_them() {
    let (relay, _app) = serving(Tls::Off);
    let client = relay.client();
    for (path, body, media_type) in [
        ("/", "home", "text/html; charset=utf-8"),
        ("/index.html", "home", "text/html; charset=utf-8"),
        ("/c", "card", "text/html; charset=utf-8"),
        ("/c?x=1", "card", "text/html; charset=utf-8"),
        ("/manifest.webmanifest", "{}", "application/manifest+json"),
        ("/sw.js", "worker", "text/javascript; charset=utf-8"),
        (WASM, "wasm", "application/wasm"),
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, body.as_bytes(), "{path}");
        assert_eq!(answer.header("content-type"), media_type, "{path}");
    }
}

#[test]
fn a_browser_gets_what_it_can_unpack() {
    let (relay, _app) = serving(Tls::Off);
    let client = relay.client();
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", "home, brotli"),
        ("gzip", "gzip", "home, gzip"),
        ("identity", "", "home"),
    ] {
        let answer = client.ask("GET", "/", &[("accept-encoding", accepted)], &[]);
        assert_eq!(answer.header("content-encoding"), encoding);
        assert_eq!(answer.body, body.as_bytes());
        assert_eq!(answer.header("vary"), "Accept-Encoding");
    }
}

#[test]
fn hashed_files_are_kept_and_pages_are_asked_for_again() {
    let (relay, _app) = serving(Tls::Off);
    let client = relay.client();
    assert_eq!(
        client.get(WASM).header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    for path in ["/", "/c", "/sw.js", "/manifest.webmanifest"] {
        let first = client.get(path);
        assert_eq!(first.header("cache-control"), "no-cache", "{path}");
        let again = client.ask("GET", path, &[("if-none-match", first.header("etag"))], &[]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let changed = client.ask("GET", path, &[("if-none-match", "\"other\"")], &[]);
        assert_eq!(changed.status, 200, "{path}");
    }
    // Two packings of one file are two bodies.
    let packed = client.ask("GET", "/", &[("accept-encoding", "br")], &[]);
    assert_ne!(packed.header("etag"), client.get("/").header("etag"));
}

#[test]
fn service_workers_may_govern_the_whole_site() {
    let (relay, _app) = serving(Tls::Off);
    for path in ["/sw.js", "/viewer-sw.js"] {
        assert_eq!(
            relay.client().get(path).header("service-worker-allowed"),
            "/",
            "{path}"
        );
    }
    assert_eq!(
        relay.client().get(WASM).header("service-worker-allowed"),
        ""
    );
}

#[test]
fn every_answer_forbids_what_it_does_not_need() {
    let (relay, _app) = serving(Tls::Off);
    let client = relay.client();
    for path in [
        "/",
        "/c",
        WASM,
        "/nothing",
        "/healthz",
        "/v1/records/x/entries",
        "/v1/mailbox/x/1",
    ] {
        let answer = client.get(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"));
        // Nothing outside this origin, in any directive.
        assert!(
            !policy.contains("http") && !policy.contains('*'),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
        assert!(
            answer
                .header("permissions-policy")
                .starts_with("camera=(self)"),
            "{path}"
        );
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
}

#[test]
fn no_address_leads_out_of_the_app() {
    let (relay, _app) = serving(Tls::Off);
    let host = relay.address().replace("http://", "");
    for path in [
        "/../omamori-outside.txt",
        "/%2e%2e/omamori-outside.txt",
        "/..%2fomamori-outside.txt",
        "/assets/../../omamori-outside.txt",
        "//etc/passwd",
        "/etc/passwd",
        "/index.html/",
        "/index.html.br",
        "/assets",
        "/./index.html",
        "/\\..\\omamori-outside.txt",
        "/%00",
    ] {
        // Written by hand: a well-behaved client would tidy these up.
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1);
        assert!(matches!(status, Some("404" | "400")), "{path}: {answer}");
        assert!(
            !answer.contains("outside") && !answer.contains("root:"),
            "{path}"
        );
    }
}

#[test]
fn the_app_is_read_and_nothing_else() {
    let (relay, _app) = serving(Tls::Off);
    let client = relay.client();
    let head = client.ask("HEAD", "/", &[], &[]);
    assert_eq!((head.status, head.header("content-length")), (200, "4"));
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(
            client.ask(method, "/", &[], &[]).problem(),
            "method-not-allowed"
        );
    }
    assert_eq!(
        client.ask("DELETE", "/healthz", &[], &[]).problem(),
        "method-not-allowed"
    );
    assert_eq!(client.get("/v1/nothing").problem(), "not-found");
    assert_eq!(client.get("/v1/records/zz/entries").problem(), "not-found");
}

#[test]
fn without_an_app_only_the_log_is_served() {
    let relay = LocalRelay::start();
    assert_eq!(relay.client().get("/").problem(), "not-found");
    assert_eq!(relay.client().get("/healthz").body, b"alive\n");
    assert_eq!(relay.client().get("/readyz").body, b"ready\n");
}

#[test]
fn over_tls_a_phone_that_trusts_the_authority_does_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (relay, _app) = serving(Tls::SelfSigned(folder.path().to_owned()));
    let authority = folder.path().join("ca.pem");
    let localhost = relay.address().replace("127.0.0.1", "localhost");
    let client = Client::trusting(localhost, &authority);
    assert_eq!(client.get("/").body, b"home");
    let mut family = Household::begin();
    client.begin(&family).good();
    let token = client.token(&family.record, &family.mother);
    let mut line = Line::open_tls(&relay.address(), &authority, &family.record, &token).unwrap();
    let entry = family.mothers_chunk(1, b"over tls");
    Client::pushed(client.push(&family.record, &token, &[entry]));
    assert!(matches!(line.hear(), Heard::Entry(2, ..)));
    // A certificate of our own must not lock this machine's browsers out of plain HTTP.
    assert_eq!(client.get("/").header("strict-transport-security"), "");
}

#[test]
fn over_an_operators_certificate_browsers_are_told_to_stay_with_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (relay, _app) = serving(Tls::SelfSigned(folder.path().to_owned()));
    relay.stop();
    let (relay, _app) = serving(Tls::Files {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    });
    let client = Client::trusting(relay.address(), &folder.path().join("ca.pem"));
    assert_eq!(
        client.get("/").header("strict-transport-security"),
        "max-age=31536000"
    );
}

#[test]
fn over_tls_nobody_who_does_not_trust_the_authority_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (relay, _app) = serving(Tls::SelfSigned(folder.path().to_owned()));
    let stranger = Client::new(relay.address());
    assert!(
        stranger
            .try_send(stranger.request("GET", "/", &[], &[]))
            .is_err()
    );
    let plain = Client::new(relay.address().replace("https", "http"));
    let answer = plain.try_send(plain.request("GET", "/", &[], &[]));
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status >= 400));
}
