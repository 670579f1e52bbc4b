# Made from .github/distribution/sproobo-deploy.rb by the release, which fills in what stands between @s.
class SprooboDeploy < Formula
  desc "Trigger a deployment on Sproobo from CI and wait for its true verdict"
  homepage "https://github.com/@REPOSITORY@"
  version "@VERSION@"
  license "MIT"

  on_macos do
    on_arm do
      url "@BASE@/v@VERSION@/sproobo-deploy-aarch64-apple-darwin"
      sha256 "@aarch64-apple-darwin@"
    end
    on_intel do
      url "@BASE@/v@VERSION@/sproobo-deploy-x86_64-apple-darwin"
      sha256 "@x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@BASE@/v@VERSION@/sproobo-deploy-aarch64-unknown-linux-musl"
      sha256 "@aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@BASE@/v@VERSION@/sproobo-deploy-x86_64-unknown-linux-musl"
      sha256 "@x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install Dir["sproobo-deploy-*"].first => "sproobo-deploy"
    generate_completions_from_executable(bin/"sproobo-deploy", "completions")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/sproobo-deploy --version")
    system bin/"sproobo-deploy", "deploy", "demo", "--sandbox"
  end
end
