package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Flags that are to answer something else in this process than their source says: the way out when
 * the source is out of reach, or wrong. For {@link Flags.Builder#overrides}; each serves one {@link
 * Flags}.
 *
 * <p>An override is in force for flags of every source, also for one that no source knows, that is
 * retired, or of which nothing has been read yet; and a flag that requires another one sees it as
 * overridden.
 */
public abstract sealed class FlagOverrides permits FileOverrides, PropertyOverrides {
  /** How often a file is looked at unless said otherwise. */
  public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(1);

  /** What the names of the system properties begin with: {@value}. */
  public static final String PROPERTY_PREFIX = "zdd.flags.override.";

  FlagOverrides() {}

  /** As {@link #file(Path, Duration)}, looked at every second. */
  public static FlagOverrides file(Path file) {
    return file(file, DEFAULT_POLL_INTERVAL);
  }

  /**
   * Those in a file, which is followed by its content: {@code new-checkout=off} on a line each,
   * UTF-8, at most 1 MiB; empty lines and those that begin with {@code #} are left out. Without the
   * file nothing is overridden, and that is the normal state. A file that cannot be read, or has a
   * line that is wrong, is refused whole: what was read last stays in force, one WARN line tells of
   * it, and so does {@link Flags#status()}.
   *
   * @param pollInterval how often it is looked at, 50 ms to 1 h
   * @throws IllegalArgumentException if the interval is out of its bounds
   */
  public static FlagOverrides file(Path file, Duration pollInterval) {
    return new FileOverrides(requireNonNull(file, "file"), PollInterval.require(pollInterval));
  }

  /**
   * Those of the system properties that begin with {@value #PROPERTY_PREFIX}: {@code
   * -Dzdd.flags.override.new-checkout=off}. Read once, when the flags are made, which is refused
   * with an {@code IllegalArgumentException} if one of them is wrong.
   */
  public static FlagOverrides systemProperties() {
    return new PropertyOverrides();
  }

  /**
   * Begins: what there is is handed on before this returns, if it is anything, and then each
   * change, never two at a time.
   */
  abstract void start(Consumer<Map<String, FlagOverride>> consumer);

  /** What is wrong, with the name of this; null while nothing is. */
  abstract @Nullable String problem();

  abstract void close();
}
