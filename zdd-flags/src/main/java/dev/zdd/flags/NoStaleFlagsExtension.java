package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The JUnit 5 extension of {@link NoStaleFlags}, or by itself, with settings that an annotation
 * cannot have:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final NoStaleFlagsExtension STALE =
 *     NoStaleFlagsExtension.of(StaleFlags.builder(document).lifetimeDays(RELEASE, 60).build());
 * }</pre>
 *
 * <p>Before the tests of a class it makes a report, and fails the class if the report fails a
 * build. Findings to warn of become a report entry {@code stale-flags} of the class.
 */
@SuppressWarnings("exports") // Who has no JUnit must be able to compile against this module.
public final class NoStaleFlagsExtension implements BeforeAllCallback {
  private final @Nullable StaleFlags staleFlags;

  /** For JUnit, which finds the settings in the annotation. */
  public NoStaleFlagsExtension() {
    this.staleFlags = null;
  }

  private NoStaleFlagsExtension(StaleFlags staleFlags) {
    this.staleFlags = requireNonNull(staleFlags, "staleFlags");
  }

  /** For a static field with {@code @RegisterExtension}. */
  public static NoStaleFlagsExtension of(StaleFlags staleFlags) {
    return new NoStaleFlagsExtension(staleFlags);
  }

  /**
   * Called by JUnit.
   *
   * @throws AssertionError with the report, if it fails a build
   * @throws IllegalArgumentException if the document or a class of keys is refused
   * @throws java.io.UncheckedIOException if a file cannot be read
   */
  @Override
  public void beforeAll(ExtensionContext context) {
    StaleReport report =
        (staleFlags == null ? annotated(context.getRequiredTestClass()) : staleFlags).report();
    if (report.isFailing()) {
      throw new AssertionError(report.text());
    }
    if (!report.findings().isEmpty()) {
      context.publishReportEntry("stale-flags", report.text());
    }
  }

  private static StaleFlags annotated(Class<?> test) {
    NoStaleFlags settings =
        AnnotationSupport.findAnnotation(test, NoStaleFlags.class)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    test.getName() + " (expected: @NoStaleFlags, or a registered extension)"));
    StaleFlags.Builder builder =
        StaleFlags.builder(Path.of(settings.document()))
            .sources(Arrays.stream(settings.sources()).map(Path::of).toArray(Path[]::new))
            .fullyOnDays(settings.days())
            .warnDays(settings.warnDays())
            .ignore(settings.ignore());
    for (Class<?> type : settings.keys()) {
      builder.keys(DeclaredFlagKeys.of(type));
    }
    if (!settings.memory().isEmpty()) {
      builder.memory(Path.of(settings.memory()));
    }
    return builder.build();
  }
}
