package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.StatusPage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What docs/flags.md shows of the page on which flags are changed, compiled and run. */
class FlagChangePageDocsTest {
  @Test
  void theDocumentedCodeRuns() throws Exception {
    MemoryFlagSource source = MemoryFlagSource.of();
    Flags flags = Flags.of(source);
    FlagAdmin admin = FlagAdmin.of(source);
    // documented
    FlagAuthorisation administrators =
        request -> {
          RequestContext user = RequestContext.current(); // comment
          return user != null && "admin".equals(user.attribute("role")) ? user.id() : null;
        };
    FlagChangePage change = FlagChangePage.at("/flags", admin, administrators);
    StatusPage page = StatusPage.at("/status", "shop", FlagsSection.of(flags, change));
    // end
    EndpointRequest look = EndpointRequest.of("GET", "/flags", null);
    RequestContext alice = RequestContext.builder("alice").attribute("role", "admin").build();
    assertThat(alice.call(() -> change.later(look))).isNotNull();
    assertThat(RequestContext.of("bob").call(() -> change.handle(look)).status()).isEqualTo(403);
    assertThat(change.handle(look).status()).isEqualTo(403);
    assertThat(page.handle(EndpointRequest.of("GET", "/status", null)).status()).isEqualTo(200);

    Path here = Path.of("src/test/java/dev/zdd/flags/FlagChangePageDocsTest.java");
    String test = Files.readString(here);
    String code =
        test.substring(test.indexOf("// documented\n") + 14, test.indexOf("    // end\n"));
    assertThat(bare(Files.readString(Path.of("../docs/flags.md")))).contains(bare(code));
  }

  private static String bare(String code) {
    return code.replaceAll(" *//[^\n]*", "").replaceAll("\\s+", " ").strip();
  }
}
