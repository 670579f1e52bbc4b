//! What `init` writes, and what is then to be done.

use crate::error::Error;
use crate::model::SiteId;

const GITHUB: &str = include_str!("github.yml");
const GITLAB: &str = include_str!("gitlab.yml");

/// Where the tool is, as long as nobody said where.
const NOWHERE: &str = "OWNER/sproobo-deploy";

/// A workflow for one of the two CI systems.
pub(super) struct Template {
    gitlab: bool,
    from: Option<String>,
}

impl Template {
    /// `from`: where the tool comes from, an action or its repository on GitHub, an image on GitLab.
    ///
    /// # Errors
    /// A `from` that can't be one.
    pub(super) fn new(gitlab: bool, from: Option<&str>) -> Result<Self, Error> {
        let fits = |from: &&str| {
            from.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._/@:-".contains(&byte))
        };
        match from {
            Some(from) if !fits(&from) => Err(Error::usage(
                format!("--from {from} is neither an action nor an image"),
                "give OWNER/REPOSITORY@COMMIT of a release, OWNER/REPOSITORY to build from, or on GitLab an image",
            )),
            _ => Ok(Self {
                gitlab,
                from: from.map(str::to_owned),
            }),
        }
    }

    pub(super) fn path(&self) -> &'static str {
        if self.gitlab {
            ".gitlab/sproobo-deploy.yml"
        } else {
            ".github/workflows/deploy.yml"
        }
    }

    pub(super) fn text(&self) -> String {
        let from = self.from.as_deref();
        if self.gitlab {
            return GITLAB.replace("{{image}}", from.unwrap_or("ghcr.io/OWNER/sproobo-deploy"));
        }
        match from {
            Some(action) if action.contains('@') || action.starts_with("./") => GITHUB
                .replace("{{tool}}", &format!("      - uses: {action}"))
                .replace("{{binary}}", ""),
            repository => GITHUB
                .replace("{{tool}}", &build(repository.unwrap_or(NOWHERE)))
                .replace(
                    "{{binary}}",
                    "\n          binary-path: sproobo-deploy/target/release/sproobo-deploy",
                ),
        }
    }

    /// In order. Commands that can be typed as they are, where they are commands.
    pub(super) fn next_steps(&self, site: &SiteId) -> Vec<String> {
        let mut steps = Vec::new();
        let path = self.path();
        // The examples' own words are no place either.
        let is_place = |from: &String| !from.contains("OWNER/") && !from.ends_with("@COMMIT");
        if !self.from.as_ref().is_some_and(is_place) {
            steps.push(format!(
                "edit {path}: put the place that has sproobo-deploy for OWNER (and COMMIT), or give it with --from"
            ));
        }
        if self.gitlab {
            steps.extend([
                "glab variable set SPROOBO_API_KEY --masked --protected --raw < FILE   # FILE holds the key".to_owned(),
                format!("glab variable set SPROOBO_SITE {site} --protected"),
                format!("add to .gitlab-ci.yml:   include: [{{ local: {path} }}]"),
                "commit both, and push".to_owned(),
            ]);
        } else {
            steps.extend([
                "gh secret set SPROOBO_API_KEY   # asks for the key; it is never an argument".to_owned(),
                format!("gh variable set SPROOBO_SITE --body {site}"),
                format!("git add {path} && git commit -m \"Deploy with sproobo-deploy\" && git push"),
                "rehearse it: gh workflow run deploy.yml -f rehearse=true".to_owned(),
                "deploy: gh workflow run deploy.yml -f rehearse=false, or push to main".to_owned(),
            ]);
        }
        steps
    }
}

fn build(repository: &str) -> String {
    format!(
        "      # No release is used here, so the tool is built from its repository.
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0
        with: {{ repository: {repository}, path: sproobo-deploy, persist-credentials: false }}
      - run: cargo build --locked --release
        working-directory: sproobo-deploy
      - uses: ./sproobo-deploy"
    )
}
