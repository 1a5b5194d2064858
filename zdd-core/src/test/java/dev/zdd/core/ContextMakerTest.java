package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.CapturedLog;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContextMakerTest {
  private static final Object FLAGS = new Object();

  @Test
  void givesWhatTheFunctionMakes() {
    RequestContext alice = RequestContext.of("alice");
    assertThat(ContextMaker.of(request -> alice).context("/")).isSameAs(alice);
  }

  @Test
  void aFunctionThatThrowsMakesOneOfNobodyKnown() {
    assertThatNobodyIsKnown(
        request -> {
          throw new IllegalStateException("broken on purpose");
        },
        "broken on purpose");
  }

  @Test
  void aFunctionWithAClassMissingMakesOneOfNobodyKnown() {
    assertThatNobodyIsKnown(
        request -> {
          throw new NoClassDefFoundError("missing on purpose");
        },
        "missing on purpose");
  }

  @Test
  void aFunctionThatReturnsNullMakesOneOfNobodyKnown() {
    assertThatNobodyIsKnown(request -> null, "has returned null");
  }

  private static void assertThatNobodyIsKnown(
      Function<String, @Nullable RequestContext> function, String logged) {
    ContextMaker<String> maker = ContextMaker.of(function);
    try (CapturedLog log = new CapturedLog()) {
      RequestContext first = maker.context("/");
      assertThat(first.id()).isNull();
      assertThat(first.attributes()).isEmpty();
      assertThat(log.text()).contains(logged).contains("(1 failures so far)");
      for (int n = 2; n <= 1_000; n++) {
        assertThat(maker.context("/")).isNotSameAs(first);
      }
      assertThat(log.count("failures so far")).isEqualTo(10); // at 1, 2, 4, …, 512
    }
  }

  @Test
  void whatIsPinnedToAConstantDoesNotOutlastARequest() {
    RequestContext visitor = RequestContext.builder("visitor").attribute("country", "AT").build();
    ContextMaker<String> maker = ContextMaker.of(request -> visitor);
    assertThat(maker.context("/").<String>pinned(FLAGS, () -> "old")).isEqualTo("old");

    RequestContext next = maker.context("/");
    assertThat(next.<String>pinned(FLAGS, () -> "new")).isEqualTo("new");
    assertThat(next.id()).isEqualTo("visitor");
    assertThat(next.attribute("country")).isEqualTo("AT");
  }
}
