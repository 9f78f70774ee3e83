//! The statements of the gates, each by itself, over TDS.

use std::error::Error;
use std::time::Instant;

use futures_util::TryStreamExt;
use hartonomous_standin::serve::{DATABASE, Serving, USER};
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, ToSql};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// What a statement is told: the whole key range, at most so many rows.
enum Parameters {
    None,
    Most,
    Range,
    RangeAndMost,
}

macro_rules! statement {
    ($name:literal, $parameters:ident) => {
        (
            $name,
            include_str!(concat!("../../sql/validate/", $name, ".sql")),
            Parameters::$parameters,
        )
    };
}

const STATEMENTS: &[(&str, &str, Parameters)] = &[
    statement!("count_embeddings", None),
    statement!("count_dimension_mismatches", None),
    statement!("find_progress_without_embedding", Most),
    statement!("find_position_errors", Range),
    statement!("find_duplicate_positions", RangeAndMost),
    statement!("find_leftover_relations", RangeAndMost),
    statement!("read_components", Range),
    statement!("find_unequal_vectors", Range),
    statement!("measure_deduplication", None),
    statement!("count_reference_errors", None),
    statement!("count_orphans", None),
    statement!("find_duplicate_hashes", Most),
    statement!("find_damaged_atoms", RangeAndMost),
    statement!("find_undecodable_relations", Most),
];

pub async fn run(serving: &Serving) -> Result<(), Box<dyn Error>> {
    let mut client = connect(serving).await?;
    for (name, text, parameters) in STATEMENTS {
        let (low, high, most) = (i64::MIN, i64::MAX, 10_i32);
        let given: &[&dyn ToSql] = match parameters {
            Parameters::None => &[],
            Parameters::Most => &[&most],
            Parameters::Range => &[&low, &high],
            Parameters::RangeAndMost => &[&low, &high, &most],
        };
        let started = Instant::now();
        let mut rows = 0;
        let mut answer = client.query(*text, given).await?;
        while let Some(item) = answer.try_next().await? {
            rows += usize::from(item.as_row().is_some());
        }
        let seconds = started.elapsed().as_secs_f64();
        println!("{name:<40}{seconds:9.3} s  {rows:10} rows of result");
    }
    Ok(())
}

async fn connect(serving: &Serving) -> Result<Client<Compat<TcpStream>>, Box<dyn Error>> {
    let mut config = Config::new();
    config.host("localhost");
    config.port(serving.port());
    config.database(DATABASE);
    config.authentication(AuthMethod::sql_server(USER, serving.password()));
    config.encryption(EncryptionLevel::NotSupported);
    config.packet_size(32_767);
    let tcp = TcpStream::connect(("127.0.0.1", serving.port())).await?;
    tcp.set_nodelay(true)?;
    Ok(Client::connect(config, tcp.compat_write()).await?)
}
