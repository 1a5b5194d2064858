package dev.zdd.flags;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Fails a JUnit 5 test class, with a table that says why, if the flags of a document are stale.
 *
 * <pre>{@code
 * @NoStaleFlags(document = "src/main/resources/flags.json", keys = ShopFlags.class)
 * class FlagsTest {
 *   @Test
 *   void noFlagIsStale() {}
 * }
 * }</pre>
 *
 * <p>Paths are relative to the directory that the tests run in, which Maven and Gradle make that of
 * the module. A class needs one test, or JUnit does not run it. {@link NoStaleFlagsExtension} takes
 * the rest of {@link StaleFlags}'s settings.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SuppressWarnings("exports") // Who has no JUnit must be able to compile against this module.
@ExtendWith(NoStaleFlagsExtension.class)
public @interface NoStaleFlags {
  /** The document, as {@link FileFlagSource} reads it. */
  String document();

  /** Classes that declare keys: enums that are a {@link FlagKey}, or with such constants. */
  Class<?>[] keys() default {};

  /** {@link StaleFlags.Builder#sources}: {@code "src/main/java"}. */
  String[] sources() default {};

  /** {@link StaleFlags.Builder#memory}; empty for none. */
  String memory() default "";

  /** {@link StaleFlags.Builder#fullyOnDays}. */
  int days() default 30;

  /** {@link StaleFlags.Builder#warnDays}. */
  int warnDays() default 14;

  /** {@link StaleFlags.Builder#ignore}. */
  StaleKind[] ignore() default {};
}
