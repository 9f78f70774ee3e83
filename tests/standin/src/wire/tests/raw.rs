//! What tiberius never sends: packets written by hand.

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{WireOptions, engine, start};
use crate::types::Value;
use crate::wire::{RunningServer, charset, packet};

struct RawClient(TcpStream);

fn headers() -> BytesMut {
    let mut out = BytesMut::new();
    out.put_u32_le(22);
    out.put_u32_le(18);
    out.put_u16_le(2);
    out.put_u64_le(0);
    out.put_u32_le(1);
    out
}

impl RawClient {
    async fn send(&mut self, kind: u8, status: u8, payload: &[u8]) {
        let packet = packet::frame(kind, status, 0, 1, payload);
        self.0.write_all(&packet).await.unwrap();
    }

    /// The tokens of one answer.
    async fn answer(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let packet = packet::read(&mut self.0, 65_535).await.unwrap().unwrap();
            out.extend_from_slice(&packet.payload);
            if packet.is_last() {
                return out;
            }
        }
    }

    async fn log_in(server: &RunningServer, version: u32) -> Self {
        Self::log_in_with(server, version, 0).await
    }

    async fn log_in_with(server: &RunningServer, version: u32, flags3: u8) -> Self {
        let mut client = Self(TcpStream::connect(server.local_addr()).await.unwrap());
        client
            .send(packet::PRELOGIN, 1, &[1, 0, 6, 0, 1, 0xFF, 2])
            .await;
        client.answer().await;
        let mut login = BytesMut::zeroed(94);
        login[4..8].copy_from_slice(&version.to_le_bytes());
        login[27] = flags3;
        let secret: Vec<u8> = charset::encode_utf16(engine::PASSWORD)
            .iter()
            .map(|byte| byte.rotate_left(4) ^ 0xA5)
            .collect();
        login[44..46].copy_from_slice(&94u16.to_le_bytes());
        login[46..48].copy_from_slice(&(secret.len() as u16 / 2).to_le_bytes());
        login.extend_from_slice(&secret);
        let length = login.len() as u32;
        login[..4].copy_from_slice(&length.to_le_bytes());
        client.send(packet::LOGIN7, 1, &login).await;
        let answer = client.answer().await;
        assert!(answer.contains(&0xAD));
        client
    }
}

fn batch(text: &str) -> BytesMut {
    let mut out = headers();
    out.put_slice(&charset::encode_utf16(text));
    out
}

const FINAL_DONE: [u8; 13] = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Of no statement.
const BATCH_END: [u8; 13] = [0xFD, 0, 0, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_acknowledged_in_front_of_the_answer() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    client.send(packet::BATCH, 0x09, &batch("nothing")).await;
    let answer = client.answer().await;
    assert_eq!(answer[..6], [0xE3, 3, 0, 18, 0, 0]);
    assert_eq!(answer[6..], FINAL_DONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attention_is_acknowledged_in_a_message_of_its_own() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    client.send(packet::BATCH, 1, &batch("wait")).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    client.send(packet::ATTENTION, 1, &[]).await;
    let mut interrupted = BATCH_END;
    interrupted[1] = 2;
    assert_eq!(client.answer().await, interrupted);
    let mut acknowledged = BATCH_END;
    acknowledged[1] = 0x20;
    assert_eq!(client.answer().await, acknowledged);
    // One that meets no request is acknowledged alone.
    client.send(packet::ATTENTION, 1, &[]).await;
    assert_eq!(client.answer().await, acknowledged);
    client.send(packet::BATCH, 1, &batch("nothing")).await;
    assert_eq!(client.answer().await, FINAL_DONE);
    assert_eq!(engine.state.executed.lock().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_message_ends_a_load_without_a_done() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    client.send(packet::BATCH, 1, &batch("INSERT BULK")).await;
    client.answer().await;
    let mut load = BytesMut::new();
    load.put_slice(&[0x81, 1, 0, 0, 0, 0, 0, 8, 0, 0x38, 0]);
    load.put_slice(&[0xD1, 5, 0, 0, 0]);
    client.send(packet::BULK_LOAD, 1, &load).await;
    let answer = client.answer().await;
    assert_eq!(answer[..5], [0xFD, 0x10, 0, 0xF0, 0]);
    assert_eq!(*engine.state.loaded.lock().unwrap(), [[Value::Int(5)]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_clients_may_set_the_flag_of_an_extension_that_they_do_not_send() {
    let (server, _) = start(WireOptions::default()).await;
    RawClient::log_in_with(&server, 0x7100_0001, 0x18).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_calls_in_one_message_are_answered_one_after_the_other() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    // sp_executesql with two NULLs and an int.
    let mut call = BytesMut::new();
    call.put_slice(&[0xFF, 0xFF, 10, 0, 0, 0]);
    call.put_slice(&[0, 0, 0x1F, 0, 0, 0x1F]);
    call.put_slice(&[0, 0, 0x26, 4, 4, 42, 0, 0, 0]);
    let mut message = headers();
    message.put_slice(&call);
    message.put_u8(0xFF);
    message.put_slice(&call);
    client.send(packet::RPC, 1, &message).await;
    let answer = client.answer().await;
    let row = [0xD1, 4, 42, 0, 0, 0];
    assert_eq!(answer.windows(6).filter(|w| *w == row).count(), 2);
    let first = answer.windows(3).any(|w| w == [0xFE, 1, 0]);
    assert!(first, "the first call's DONEPROC says that more follows");
    assert_eq!(answer[answer.len() - 13..][..3], [0xFE, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_transaction_descriptor_is_refused_with_3989() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    let mut message = batch("nothing");
    message[10..18].copy_from_slice(&5u64.to_le_bytes());
    client.send(packet::BATCH, 1, &message).await;
    let answer = client.answer().await;
    assert_eq!(answer[3..7], 3989i32.to_le_bytes());
    assert!(engine.state.executed.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn table_valued_parameters_are_refused_by_name_and_the_session_lives_on() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    let mut message = headers();
    message.put_slice(&[0xFF, 0xFF, 10, 0, 0, 0, 0, 0, 0xF3, 0, 0, 0]);
    client.send(packet::RPC, 1, &message).await;
    assert_eq!(client.answer().await[3..7], 50_000i32.to_le_bytes());
    client.send(packet::BATCH, 1, &batch("nothing")).await;
    assert_eq!(client.answer().await, FINAL_DONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_message_ends_the_connection_with_4002() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    client.send(packet::BATCH, 1, &[1, 0, 0, 0]).await;
    assert_eq!(client.answer().await[3..7], 4002i32.to_le_bytes());
    assert_eq!(client.0.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_taken_back_is_not_executed() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7400_0004).await;
    client.send(packet::BATCH, 0, &batch("nothing")).await;
    client.send(packet::BATCH, 3, &[]).await;
    client.answer().await;
    assert!(engine.state.executed.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_sql_server_2000_sends_no_headers_and_gets_short_row_counts() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = RawClient::log_in(&server, 0x7100_0001).await;
    client
        .send(packet::BATCH, 1, &charset::encode_utf16("nothing"))
        .await;
    assert_eq!(client.answer().await, FINAL_DONE[..9]);
}
