//! A throw-away certificate authority and a server certificate for this machine, new with every listener.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub(super) struct ServerIdentity {
    pub ca_pem: String,
    /// TLS inside TDS 7.x packets. TLS 1.2 only: a 1.3 server sends session tickets after the handshake, when the
    /// client no longer expects wrapped records; SQL Server negotiates 1.2 there as well.
    pub wrapped: Arc<ServerConfig>,
    /// TDS 8.0: TLS from the first byte, ALPN tds/8.0.
    pub strict: Arc<ServerConfig>,
}

impl ServerIdentity {
    pub fn generate() -> io::Result<Self> {
        let mut ca_params =
            CertificateParams::new(Vec::<String>::new()).map_err(io::Error::other)?;
        ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca_params
            .distinguished_name
            .push(DnType::CommonName, "Stand-in throw-away CA");
        ca_params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_key = KeyPair::generate().map_err(io::Error::other)?;
        let ca = ca_params.self_signed(&ca_key).map_err(io::Error::other)?;
        let issuer = Issuer::new(ca_params, ca_key);

        let names = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params
            .distinguished_name
            .push(DnType::CommonName, "localhost");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &issuer).map_err(io::Error::other)?;

        let chain = vec![certificate.der().clone(), ca.der().clone()];
        let mut strict = server_config(
            chain.clone(),
            &key,
            &[&rustls::version::TLS13, &rustls::version::TLS12],
        )?;
        strict.alpn_protocols = vec![b"tds/8.0".to_vec()];
        Ok(Self {
            ca_pem: ca.pem(),
            wrapped: Arc::new(server_config(chain, &key, &[&rustls::version::TLS12])?),
            strict: Arc::new(strict),
        })
    }
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> io::Result<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(io::Error::other)
}
