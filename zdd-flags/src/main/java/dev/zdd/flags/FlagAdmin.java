package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes flags where they are kept, one at a time and with a word about who and why.
 *
 * <pre>{@code
 * FlagAdmin admin = FlagAdmin.of(RedisFlagWriter.of(client, uri, "shop"));
 * PresentFlags before = admin.read();
 * ChangeOutcome outcome =
 *     admin.setPercentage("new-checkout", Percentage.parse("25"), before.revision(),
 *         new FlagChange("alice", "no errors at 10 %"));
 * }</pre>
 *
 * <p>A change says what it was decided upon, and is a {@link ChangeOutcome.Conflict} if the store
 * holds anything else by now: nobody's change is lost. One that would make the flags wrong is
 * refused and nothing is written. What is written has one line on the logger {@value #AUDIT},
 * written after the store has answered: INFO, or WARN if the store did not answer and nobody knows.
 *
 * <p>All changes throw
 *
 * <ul>
 *   <li>{@link IllegalArgumentException} if there is no such flag, or the change would make the
 *       flags wrong: nothing was written;
 *   <li>{@link FlagWriteUnknownException} if it may have been written, or may be yet: read before
 *       trying again;
 *   <li>another {@link IOException} if nothing was written: the store cannot be reached, or holds a
 *       document that is wrong;
 *   <li>{@link InterruptedException} if the thread was interrupted: not known either.
 * </ul>
 *
 * <p>They block as long as the store does, so they are not for the request path. The document is
 * written anew as {@link FlagSnapshot#toDocument} writes it, with a {@code version} one higher.
 * Thread-safe. Closing is the store's.
 */
public final class FlagAdmin {
  /** The name of the logger that has a line for each change. */
  public static final String AUDIT = "dev.zdd.flags.audit";

  private static final Logger audit = LoggerFactory.getLogger(AUDIT);
  private static final Logger log = LoggerFactory.getLogger(FlagAdmin.class);

  private final FlagStore store;
  private final Consumer<FlagAudit> listener;
  private final InstantSource clock = InstantSource.system();

  private FlagAdmin(FlagStore store, Consumer<FlagAudit> listener) {
    this.store = requireNonNull(store, "store");
    this.listener = requireNonNull(listener, "listener");
  }

  /** Changes what {@code store} holds. */
  public static FlagAdmin of(FlagStore store) {
    return of(store, entry -> {});
  }

  /**
   * Changes what {@code store} holds, for an application that keeps an audit of its own.
   *
   * @param listener told of each change after the log, on the thread that made it. What it throws
   *     is logged: the change is made already
   */
  public static FlagAdmin of(FlagStore store, Consumer<FlagAudit> listener) {
    return new FlagAdmin(store, listener);
  }

  /**
   * What there is to be changed.
   *
   * @throws IOException if it cannot be read, or is wrong: with line and column
   * @throws InterruptedException if the thread was interrupted
   */
  public PresentFlags read() throws IOException, InterruptedException {
    StoredFlags stored = store.read();
    if (stored.revision().equals(FlagRevision.NONE) && stored.document().length == 0) {
      return new PresentFlags(FlagRevision.NONE, new FlagSnapshot("0", List.of()));
    }
    try {
      return new PresentFlags(stored.revision(), stored.parse());
    } catch (FlagDocumentException e) {
      throw new IOException(store + ": " + e.getMessage(), e);
    }
  }

  /** Sets for how many of those whom neither lists nor rules decide it is on. */
  public ChangeOutcome setPercentage(
      String key, Percentage percentage, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException {
    return edit(key, expected, change, flag -> flag.percentage(percentage));
  }

  /** Switches it on, or off for everybody. */
  public ChangeOutcome setEnabled(
      String key, boolean enabled, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException {
    return edit(key, expected, change, flag -> flag.enabled(enabled));
  }

  /** Adds a flag: one that is there already is refused, and so is a retired key. */
  public ChangeOutcome define(FlagDefinition flag, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException {
    return change(
        flag.key(),
        expected,
        change,
        present -> {
          if (present.flag(flag.key()) != null) {
            throw new IllegalArgumentException(
                "flag " + Quoted.of(flag.key()) + " is there already (expected: not yet)");
          }
          return flag;
        });
  }

  /** Puts a flag in the place of the one with its key. */
  public ChangeOutcome replace(FlagDefinition flag, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException {
    return change(
        flag.key(),
        expected,
        change,
        present -> {
          existing(present, flag.key());
          return flag;
        });
  }

  /**
   * Removes a flag, and keeps its key from being used for another: somebody's old code may still
   * ask for it. Refused while other flags require it.
   */
  public ChangeOutcome retire(String key, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException {
    return change(
        key,
        expected,
        change,
        present -> {
          existing(present, key);
          return null;
        });
  }

  /** What is changed, as the audit names it. */
  String place() {
    return store.toString();
  }

  @Override
  public String toString() {
    return "admin of " + store;
  }

  private ChangeOutcome edit(
      String key,
      FlagRevision expected,
      FlagChange change,
      UnaryOperator<FlagDefinition.Builder> edit)
      throws IOException, InterruptedException {
    return change(
        key, expected, change, present -> edit.apply(existing(present, key).toBuilder()).build());
  }

  private interface Edit {
    /** The flag as it is to be; null for retired. */
    @Nullable FlagDefinition of(PresentFlags present);
  }

  private ChangeOutcome change(String key, FlagRevision expected, FlagChange change, Edit edit)
      throws IOException, InterruptedException {
    requireNonNull(expected, "expected");
    requireNonNull(change, "change");
    PresentFlags present = read();
    if (!present.revision().equals(expected)) {
      return new ChangeOutcome.Conflict(present.revision());
    }
    FlagDefinition before = present.flag(key);
    FlagDefinition after = edit.of(present);
    // Each step refuses what would be wrong: this one by what flags are to one another, the store
    // by what a document can say.
    FlagSnapshot next = with(present.snapshot(), key, after);
    byte[] document = FlagDocumentWriter.write(next, expected.version() + 1).getBytes(UTF_8);
    FlagWrite written;
    try {
      written = store.write(expected, document);
    } catch (FlagWriteUnknownException | InterruptedException e) {
      tell(change, key, before, after, null);
      throw e;
    } catch (IllegalArgumentException e) { // which says of the document what is wrong with it
      throw new IllegalArgumentException(
          "flag " + Quoted.of(key) + " was not changed: " + e.getMessage(), e);
    }
    if (written instanceof FlagWrite.Refused refused) {
      return new ChangeOutcome.Conflict(refused.present());
    }
    FlagRevision revision = ((FlagWrite.Written) written).revision();
    tell(change, key, before, after, revision);
    return new ChangeOutcome.Changed(revision);
  }

  /** The flag with that key; refused if there is none. */
  FlagDefinition existing(PresentFlags present, String key) {
    FlagDefinition flag = present.flag(key);
    if (flag == null) {
      throw new IllegalArgumentException(
          "flag "
              + Quoted.of(key)
              + (present.snapshot().retired().contains(key) ? " is retired" : " is not there")
              + " (expected: a flag of "
              + store
              + ")");
    }
    return flag;
  }

  private static FlagSnapshot with(
      FlagSnapshot snapshot, String key, @Nullable FlagDefinition after) {
    List<FlagDefinition> definitions = new ArrayList<>(snapshot.definitions());
    Set<String> retired = new HashSet<>(snapshot.retired());
    if (after == null) {
      definitions.removeIf(definition -> definition.key().equals(key));
      retired.add(key);
    } else if (snapshot.definitions().stream().anyMatch(flag -> flag.key().equals(key))) {
      definitions.replaceAll(definition -> definition.key().equals(key) ? after : definition);
    } else {
      definitions.add(after);
    }
    return new FlagSnapshot(snapshot.version(), definitions, snapshot.segments(), retired);
  }

  private void tell(
      FlagChange change,
      String key,
      @Nullable FlagDefinition before,
      @Nullable FlagDefinition after,
      @Nullable FlagRevision revision) {
    // Whatever goes wrong with the telling: the caller has to know that it is written.
    try {
      FlagAudit entry =
          new FlagAudit(clock.instant(), change, store.toString(), key, before, after, revision);
      if (revision == null) {
        audit.warn("{}", entry);
      } else {
        audit.info("{}", entry);
      }
      listener.accept(entry);
    } catch (RuntimeException e) {
      log.error("flag {}: a change was not audited", Quoted.of(key), e);
    }
  }
}
