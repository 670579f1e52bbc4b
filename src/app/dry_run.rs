//! `--dry-run`: what would be sent, and (online) whether it could succeed.

use super::connection::Access;
use super::run::Run;
use crate::error::{ApiError, Error};
use crate::event::{Event, Mode, RunResult, Sink};
use crate::model::TriggerRequest;
use crate::secret::Secret;
use crate::sproobo::Client;

/// Prints the plan; sends nothing, so it needs no key.
pub(crate) async fn offline(run: &Run, access: &Access, requests: &[TriggerRequest]) -> Result<RunResult, Error> {
    let sink = run.sink.as_ref();
    let contract = access.contract().await?;
    let http = access.http(&run.redactor).await?;
    sink.emit(Event::Begin {
        command: "deploy",
        sites: requests.iter().map(|request| request.site.clone()).collect(),
        mode: Mode::DryRunOffline,
        api: contract.base_url().to_string(),
    });
    let client = Client::new(
        contract,
        http,
        Secret::new(String::new()),
        run.redactor.clone(),
        access.vars.clone(),
    );
    for request in requests {
        show(sink, request, &client)?;
    }
    Ok(RunResult::of_sites(Vec::new(), run.clock.elapsed()))
}

/// Prints the plan, and asks for each site with the key, by GET requests alone.
pub(crate) async fn online(run: &Run, platform: &Client, requests: &[TriggerRequest]) -> Result<RunResult, Error> {
    let sink = run.sink.as_ref();
    for request in requests {
        show(sink, request, platform)?;
        match platform.site(&request.site).await {
            Ok(_) => line(sink, format!("{}: the key is accepted and sees the site", request.site)),
            Err(ApiError::NotOffered { .. }) => line(
                sink,
                format!("{}: the contract offers no way to look the site up", request.site),
            ),
            Err(source) => return Err(Error::api("the site could not be looked up", source)),
        }
        match platform.deployments(&request.site, 1).await {
            Ok(newest) => match newest.first() {
                Some(newest) if !newest.has_ended() => {
                    let state = &newest.word;
                    line(
                        sink,
                        format!(
                            "{}: deployment {} is {state}, so a deploy would meet a conflict",
                            request.site, newest.id
                        ),
                    );
                }
                Some(newest) => line(
                    sink,
                    format!("{}: newest deployment {}, {}", request.site, newest.id, newest.word),
                ),
                None => line(sink, format!("{}: no deployment yet", request.site)),
            },
            // History is a help, not a condition: a deploy works without it.
            Err(error) => line(sink, format!("{}: its history can't be read: {error}", request.site)),
        }
    }
    Ok(RunResult::of_sites(Vec::new(), run.clock.elapsed()))
}

fn show(sink: &dyn Sink, request: &TriggerRequest, platform: &Client) -> Result<(), Error> {
    let call = platform.plan_trigger(request);
    let call = call.map_err(|source| Error::api("the trigger could not be planned", source))?;
    line(
        sink,
        format!("{}: would send {} {}", request.site, call.method, call.url),
    );
    for (name, value) in &call.headers {
        line(sink, format!("{}: with the header {name}: {value}", request.site));
    }
    if let Some((_, body)) = call.payload() {
        line(sink, format!("{}: with the body {body}", request.site));
    }
    if request.commit.is_some() && !platform.contract().triggers_a_commit() {
        line(
            sink,
            format!("{}: names no commit: the API chooses what it deploys", request.site),
        );
    }
    Ok(())
}

fn line(sink: &dyn Sink, text: String) {
    sink.emit(Event::Plan(text));
}
