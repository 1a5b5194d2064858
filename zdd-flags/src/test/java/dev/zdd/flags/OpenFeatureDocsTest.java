package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/flags.md shows of OpenFeature, compiled and run. */
class OpenFeatureDocsTest {
  @Test
  void theDocumentedCodeRuns() throws Exception {
    MemoryFlagSource source =
        MemoryFlagSource.of(FlagDefinition.builder("new-checkout").enabled(true).build());
    Flags flags = Flags.of(source);
    String userId = "alice";
    // documented
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(OpenFeatureProvider.of(flags));
    Client client = api.getClient();
    boolean on = client.getBooleanValue("new-checkout", false, new ImmutableContext(userId));
    // end
    assertThat(on).isTrue();
    api.shutdown();

    String test = Files.readString(Path.of("src/test/java/dev/zdd/flags/OpenFeatureDocsTest.java"));
    String code =
        test.substring(test.indexOf("// documented\n") + 14, test.indexOf("    // end\n"))
            .lines()
            .map(String::strip)
            .collect(Collectors.joining("\n"));
    assertThat(Files.readString(Path.of("../docs/flags.md"))).contains(code);
  }
}
