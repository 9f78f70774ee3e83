use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{WireOptions, connect, start};
use crate::wire::{Fault, ObservedRequest, WireFaults};

async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attention_that_comes_too_late_is_answered_all_the_same() {
    let (server, _) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    for _ in 0..3 {
        client
            .simple_query("rows 10")
            .await
            .unwrap()
            .into_results()
            .await
            .unwrap();
        client.cancel_query().await.unwrap();
    }
    let rows = client.simple_query("rows 2").await.unwrap();
    assert_eq!(rows.into_first_result().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_cancels_and_ends_the_session() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let waiting = tokio::time::timeout(Duration::from_millis(100), async {
        client.simple_query("wait").await?.into_results().await
    });
    assert!(waiting.await.is_err());
    drop(client);
    let state = Arc::clone(&engine.state);
    until("the session ends", || {
        state.ended.load(Ordering::SeqCst) == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_the_engine_back_and_may_leave() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let stream = client.simple_query("rows 20000000").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(engine.state.executed.lock().unwrap().is_empty());
    drop(stream);
    drop(client);
    let state = Arc::clone(&engine.state);
    until("the session ends", || {
        state.ended.load(Ordering::SeqCst) == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_sessions_that_are_busy() {
    let (server, engine) = start(WireOptions::default()).await;
    let mut client = connect(&server).await;
    let task = tokio::spawn(async move { client.simple_query("wait").await?.into_results().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown().await;
    assert!(task.await.unwrap().is_err());
    assert_eq!(engine.state.ended.load(Ordering::SeqCst), 1);
}

/// Faults by the text of the batch.
struct ByText;

impl WireFaults for ByText {
    fn before(&self, request: &ObservedRequest) -> Fault {
        match request.text.as_str() {
            "nothing before" => Fault::Drop,
            "nothing unanswered" => Fault::DropUnanswered,
            "nothing late" => Fault::Delay(Duration::from_millis(50)),
            _ => Fault::None,
        }
    }

    fn after(&self, request: &ObservedRequest) -> Fault {
        match request.text.as_str() {
            "nothing after" => Fault::Drop,
            _ => Fault::None,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_drop_the_connection_at_their_point_and_are_counted() {
    let options = WireOptions {
        faults: Some(Arc::new(ByText)),
        ..WireOptions::default()
    };
    let (server, engine) = start(options).await;
    for (text, executed) in [
        ("nothing before", false),
        ("nothing unanswered", true),
        ("nothing after", true),
    ] {
        let mut client = connect(&server).await;
        let answer = async { client.simple_query(text).await?.into_results().await };
        assert!(answer.await.is_err(), "{text}");
        let ran = engine
            .state
            .executed
            .lock()
            .unwrap()
            .iter()
            .any(|t| t == text);
        assert_eq!(ran, executed, "{text}");
    }
    let mut client = connect(&server).await;
    client
        .simple_query("nothing late")
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap();
    let counts = server.fault_counts();
    assert_eq!(
        (counts.dropped_before, counts.dropped_after, counts.delayed),
        (1, 2, 1)
    );
    assert_eq!(counts.requests, 4);
}
