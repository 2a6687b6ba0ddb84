//! Encryption of the connection: rustls with ring, from an operator's files or, for development, from a certificate of our own.

use crate::{config::Tls, store::sqlite::beside};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs, io,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What iPhones accept at most from a certificate authority that a person installed.
const LEAF_LIFE: Duration = Duration::from_secs(800 * DAY.as_secs());

/// The configuration to listen with; `None`: plain HTTP.
///
/// # Errors
/// Files that cannot be read or do not fit together.
pub fn configure(tls: &Tls) -> io::Result<Option<ServerConfig>> {
    match tls {
        Tls::Off => Ok(None),
        Tls::Files { certificate, key } => load(certificate, key).map(Some),
        Tls::SelfSigned(folder) => {
            let names = names_of_this_machine();
            if !is_current(folder, &names) {
                make(folder, &names)?;
            }
            load(&folder.join("cert.pem"), &folder.join("key.pem")).map(Some)
        }
    }
}

fn load(certificate: &Path, key: &Path) -> io::Result<ServerConfig> {
    let at = |path: &Path, error: &dyn std::fmt::Display| {
        io::Error::other(format!("{}: {error}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| at(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| at(key, &error))?;
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| at(certificate, &error))
}

/// Names and addresses by which this machine is reached from the same network.
fn names_of_this_machine() -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim().to_lowercase();
    if !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    {
        names.push(format!("{host}.local"));
        names.push(host);
    }
    names.extend(outward_address().map(|address| address.to_string()));
    names.sort();
    names.dedup();
    names
}

/// The address the system would send from. Nothing is sent: connecting a UDP socket only chooses a route.
fn outward_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

fn is_current(folder: &Path, names: &[String]) -> bool {
    let written = fs::read_to_string(folder.join("names.txt")).unwrap_or_default();
    let young = fs::metadata(folder.join("cert.pem"))
        .and_then(|file| file.modified())
        .is_ok_and(|made| made.elapsed().unwrap_or_default() < LEAF_LIFE - 100 * DAY);
    young && folder.join("key.pem").exists() && written == names.join("\n")
}

/// A throw-away authority signs one certificate. Its key is never written: nobody can sign anything else with it.
fn make(folder: &Path, names: &[String]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let (authority, leaf, key) = certificates(names).map_err(io::Error::other)?;
    write_private(&folder.join("key.pem"), &key)?;
    write_private(&folder.join("cert.pem"), &leaf)?;
    write_private(&folder.join("ca.pem"), &authority)?;
    write_private(&folder.join("names.txt"), &names.join("\n"))
}

fn certificates(names: &[String]) -> Result<(String, String, String), rcgen::Error> {
    let yesterday = SystemTime::now() - DAY;
    let mut authority = CertificateParams::default();
    authority
        .distinguished_name
        .push(DnType::CommonName, "Omamori development");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority.not_before = yesterday.into();
    authority.not_after = (yesterday + LEAF_LIFE).into();
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name
        .push(DnType::CommonName, "Omamori relay");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.use_authority_key_identifier_extension = true;
    leaf.not_before = yesterday.into();
    leaf.not_after = (yesterday + LEAF_LIFE).into();
    let leaf = leaf.signed_by(&key, &authority)?;
    Ok((authority.pem(), leaf.pem(), key.serialize_pem()))
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = beside(path, ".new");
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    fs::rename(draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_our_own_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let tls = Tls::SelfSigned(folder.path().join("tls"));
        configure(&tls).unwrap().unwrap();
        let first = fs::read(folder.path().join("tls/cert.pem")).unwrap();
        configure(&tls).unwrap().unwrap();
        assert_eq!(fs::read(folder.path().join("tls/cert.pem")).unwrap(), first);
    }

    #[test]
    fn a_machine_with_a_new_name_gets_a_new_certificate() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), &["localhost".to_owned()]).unwrap();
        assert!(is_current(folder.path(), &["localhost".to_owned()]));
        assert!(!is_current(
            folder.path(),
            &["localhost".to_owned(), "relay".to_owned()]
        ));
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cert.pem");
        fs::write(&path, "nothing").unwrap();
        let error = configure(&Tls::Files {
            certificate: path.clone(),
            key: path,
        })
        .unwrap_err();
        assert!(error.to_string().contains("cert.pem"));
    }
}
