//! What stands below each command's options: examples that can be typed as they are, which a test parses.

pub(super) const TOP: &str = "\
The API key comes from SPROOBO_API_KEY or --api-key-file, never from an argument.
Every option has an environment variable: --some-name is SPROOBO_SOME_NAME;
what is typed wins.

Examples:
  sproobo-deploy deploy demo --sandbox    try it; nothing is deployed
  sproobo-deploy init                     write a workflow for your site
  sproobo-deploy doctor                   check key, network and API
  sproobo-deploy deploy my-site

Exit codes: 0 succeeded, 1 deployment failed, 2 bad usage, 3 key, 4 timed out,
5 cancelled, 6 superseded, 7 could not tell, 8 refused, 9 outside the contract,
10 stale key, 11 key found, 129/130/143 interrupted.";

pub(super) const DEPLOY: &str = "\
Examples:
  sproobo-deploy deploy my-site
  sproobo-deploy deploy shop blog --timeout 15m --on-failure rollback
  sproobo-deploy deploy my-site --verify-url https://my.site/version
  sproobo-deploy deploy demo --sandbox=fail    rehearse a failure";

pub(super) const INIT: &str = "\
Examples:
  sproobo-deploy init                  lists the sites, if there are several
  sproobo-deploy init --site my-site --from OWNER/sproobo-deploy@COMMIT
  sproobo-deploy init --site my-site --gitlab --from IMAGE
The file is never overwritten and never holds the key.";

pub(super) const WAIT: &str = "\
Examples:
  sproobo-deploy wait my-site dep_123 --timeout 15m
  sproobo-deploy wait my-site --commit 9dbb606    what a git push has started
  sproobo-deploy wait --from-state deploy.json    what `deploy` left running";

pub(super) const STATUS: &str = "\
Examples:
  sproobo-deploy status my-site
  sproobo-deploy status my-site dep_123 --output json";

pub(super) const CANCEL: &str = "\
Examples:
  sproobo-deploy cancel my-site dep_123
  sproobo-deploy cancel --from-state deploy.json    what `deploy` left running";

pub(super) const LOGS: &str = "\
Examples:
  sproobo-deploy logs my-site --follow
  sproobo-deploy logs my-site dep_123 --tail 100";

pub(super) const ROLLBACK: &str = "\
Examples:
  sproobo-deploy rollback my-site
  sproobo-deploy rollback my-site --to dep_123";

pub(super) const DEPLOYMENTS: &str = "\
Examples:
  sproobo-deploy deployments my-site
  sproobo-deploy deployments my-site --limit 5 --output json";

pub(super) const OPEN: &str = "\
Examples:
  sproobo-deploy open my-site
  sproobo-deploy open my-site --dashboard";

pub(super) const SITES: &str = "\
Examples:
  sproobo-deploy sites
  sproobo-deploy sites --output json";

pub(super) const KEYS: &str = "\
Examples:
  sproobo-deploy keys list
  sproobo-deploy keys check --key-stale-after 60d
  sproobo-deploy keys scan";

pub(super) const KEYS_LIST: &str = "\
Examples:
  sproobo-deploy keys list
  sproobo-deploy keys list --key-stale-after 60d --output json";

pub(super) const KEYS_CHECK: &str = "\
Examples:
  sproobo-deploy keys check --fail-on-stale-key
  sproobo-deploy keys check --issue    in a scheduled job on GitHub";

pub(super) const KEYS_CREATE: &str = "\
Examples:
  sproobo-deploy keys create ci-my-site";

pub(super) const KEYS_REVOKE: &str = "\
Examples:
  sproobo-deploy keys revoke key_123";

pub(super) const KEYS_ROTATE: &str = "\
Examples:
  sproobo-deploy keys rotate --name ci --store github-secret:SPROOBO_API_KEY
  sproobo-deploy keys rotate --name ci --store gitlab-variable:SPROOBO_API_KEY
  sproobo-deploy keys rotate --name ci --revoke-after 24h    at a later run";

pub(super) const KEYS_SCAN: &str = "\
Examples:
  sproobo-deploy keys scan
  sproobo-deploy keys scan --staged    before a commit
  sproobo-deploy keys scan --sarif keys.sarif";

pub(super) const DOCTOR: &str = "\
Examples:
  sproobo-deploy doctor
  sproobo-deploy doctor --site my-site";

pub(super) const CONTRACT: &str = "\
Examples:
  sproobo-deploy contract show
  sproobo-deploy contract learn recording.har > sproobo.json
  sproobo-deploy contract check sproobo.json";

pub(super) const CONTRACT_SHOW: &str = "\
Examples:
  sproobo-deploy contract show > sproobo.json
  sproobo-deploy contract show --status-map shipped=succeeded";

pub(super) const CONTRACT_CHECK: &str = "\
Examples:
  sproobo-deploy contract check sproobo.json";

pub(super) const CONTRACT_LEARN: &str = "\
To record: open the dashboard's page of your site and the browser's network panel,
press Deploy, wait until the dashboard says that it is done, open the log and the list
of deployments, and save it all as HAR \"with content\". Do the same with a deployment
that fails and one that you cancel, and give all files at once.

The contract goes to stdout, the evidence for each choice to stderr. No value of a header,
cookie, query or body gets into either; the recording itself is full of them, so delete it.

Examples:
  sproobo-deploy contract learn ok.har failed.har > sproobo.json
  sproobo-deploy contract check sproobo.json";

pub(super) const CONTRACT_SCHEMA: &str = "\
Examples:
  sproobo-deploy contract schema > sproobo.schema.json";

pub(super) const SANDBOX: &str = "\
Examples:
  sproobo-deploy sandbox
  sproobo-deploy sandbox --listen 127.0.0.1:8080 --scenario fail";

pub(super) const COMPLETIONS: &str = "\
Examples:
  source <(sproobo-deploy completions bash)
  sproobo-deploy completions zsh > ~/.zfunc/_sproobo-deploy
  sproobo-deploy completions fish | source";
