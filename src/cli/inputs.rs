//! The inputs of the GitHub Action, which reach this program as one variable.
//!
//! A runner does not export a composite action's inputs (actions/runner#665), and one line of `action.yml` for each
//! option, platform and step would be easy to forget. So the action passes `toJSON(inputs)`: an object of texts, with
//! every declared input, the ones that are not given as `""`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::{PREFIX, variable_name};

/// The variable with the inputs. The action's key and token are in it too, since no expression of GitHub's can leave a
/// member out; so it is listed among [`crate::secret::VARIABLES`].
pub(super) const VARIABLE: &str = "SPROOBO_ACTION_INPUTS";

const API_KEY: &str = "SPROOBO_API_KEY";

/// Members that set no option. The key and the token come in variables of their own, as everywhere; `output` and
/// `dotenv`, which the action does not declare, would break what the runner reads.
const NO_OPTIONS: [&str; 4] = ["api-key", "github-token", "output", "dotenv"];

/// The inputs are not what the action passes. What they are is not told: the key is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Puts the inputs, if there are any (which it tells), in the place of the job's own `SPROOBO_…` variables: none of those is to change
/// what a workflow says in `with:`, or to turn a real deployment into a rehearsal. A member that is no option of the
/// command in question has no effect; of what is misspelt the runner warns.
pub(super) fn apply(variables: &mut BTreeMap<String, String>) -> Result<bool, Unreadable> {
    let text = variables.remove(VARIABLE).unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(false);
    }
    variables.retain(|name, _| !name.starts_with(PREFIX) || name == API_KEY);
    let inputs: Map<String, Value> = serde_json::from_str(&text).map_err(|_| Unreadable)?;
    for (name, value) in inputs {
        // The runner takes `Site:` for `site`, and passes it on as it is written.
        let name = name.to_ascii_lowercase();
        if !NO_OPTIONS.contains(&name.as_str()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            variables.insert(variable_name(&name), value);
        }
    }
    Ok(true)
}
