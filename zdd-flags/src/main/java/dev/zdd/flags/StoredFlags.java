package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

/**
 * A document as a {@link FlagStore} holds it, good or not.
 *
 * @param revision which one it is; {@link FlagRevision#NONE} if there is none
 * @param document its bytes, JSON as in {@code docs/flags.md}; empty if there is none. Copied in
 *     and out
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
public record StoredFlags(FlagRevision revision, byte[] document) {
  /** Where nothing was ever written. */
  static final StoredFlags NONE = new StoredFlags(FlagRevision.NONE, new byte[0]);

  /** Copies the document. */
  public StoredFlags {
    requireNonNull(revision, "revision");
    document = document.clone();
  }

  @Override
  public byte[] document() {
    return document.clone();
  }

  /**
   * The flags in it.
   *
   * @throws FlagDocumentException if anything in it is wrong
   */
  FlagSnapshot parse() throws FlagDocumentException {
    FlagSnapshot parsed = FlagDocument.parse(document);
    // The version that Redis counts. One inside the document is its author's, and need not rise.
    return new FlagSnapshot(
        revision.version() + "-" + FlagDocument.fingerprint(document),
        parsed.definitions(),
        parsed.segments(),
        parsed.retired());
  }
}
