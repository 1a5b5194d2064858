package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Definitions in a JSON document ({@code docs/flags.md}) behind an {@code http} or {@code https}
 * address, asked for every {@linkplain Builder#pollInterval interval}; with {@code If-None-Match},
 * where the server gives entity tags.
 *
 * <p>Whatever the server does, the last good flags serve on, and {@link #status()} shows the
 * problem and an age that grows: while it is away, hangs, drips, breaks off, answers with another
 * status than 200 and 304, or with a document that is wrong in any way, which refuses it whole. It
 * is then asked less and less often, down to once a minute, and not before the end of a {@code
 * Retry-After}. One WARN line tells of each problem, not of each attempt.
 *
 * <p>Redirects, at most five, are followed to the same scheme or from http to https; the
 * {@linkplain Builder#headers headers} go to no other host or port. TLS trusts whom the JDK trusts,
 * unless an {@code SSLContext} is given; proxies are those of the system properties.
 *
 * <p>Threads: the first attempt is the starter's; all others are one daemon thread's, which lives
 * until {@link #close()}. The JDK's client has daemon threads of its own.
 */
public final class HttpFlagSource implements FlagSource {
  private static final Logger log = LoggerFactory.getLogger(HttpFlagSource.class);
  private static final int OK = 200;
  private static final int NOT_MODIFIED = 304;

  private final URI uri;
  private final HttpFetch fetch;
  private final Backoff backoff;
  private final @Nullable LastKnownGood lastKnownGood;
  private final Confidence confidence;
  private final PollThread thread;

  // Only the thread that attempts has these: the starter first, and then `thread`.
  private Consumer<FlagSnapshot> consumer = snapshot -> {};
  private byte @Nullable [] good;
  private @Nullable String goodTag;

  private HttpFlagSource(Builder builder) {
    this.uri = builder.uri;
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(builder.connectTimeout());
    if (builder.sslContext != null) {
      client.sslContext(builder.sslContext);
    }
    this.fetch =
        new HttpFetch(client.build(), uri, builder.timeout, builder.maxBytes, builder.headers);
    this.backoff = new Backoff(builder.pollInterval);
    Path file = builder.lastKnownGood;
    // With a fingerprint, since two addresses may differ in what is not to be shown.
    String name =
        HttpFetch.shown(uri) + " " + FlagDocument.fingerprint(uri.toString().getBytes(UTF_8));
    this.lastKnownGood = file == null ? null : new LastKnownGood(file, name);
    this.confidence = new Confidence(log, this, builder.ticker);
    this.thread =
        new PollThread("zdd-flags-http", backoff::pauseNanos, this::attempt, confidence::failed);
  }

  /**
   * The document at {@code uri}, which need not be there yet, with the default settings.
   *
   * @throws IllegalArgumentException if it is no {@code http} or {@code https} address of a host,
   *     or has credentials in it
   */
  public static HttpFlagSource of(URI uri) {
    return builder(uri).build();
  }

  /** As {@link #of}, with settings. */
  public static Builder builder(URI uri) {
    return new Builder(uri);
  }

  /**
   * {@inheritDoc} Takes the last-known-good file first, if there is one, and then asks the server
   * once, for up to {@linkplain Builder#timeout the timeout}. What may be wrong is logged and not
   * thrown.
   */
  @Override
  public void start(Consumer<FlagSnapshot> consumer) {
    requireNonNull(consumer, "consumer");
    thread.start(
        this,
        () -> {
          this.consumer = consumer;
          if (lastKnownGood != null) {
            load(lastKnownGood);
          }
        });
  }

  @Override
  public Status status() {
    return confidence.status();
  }

  @Override
  public void close() {
    thread.close();
    fetch.close(); // for a starter that still waits; the thread was interrupted
  }

  /** "http https://config.shop/flags.json": without what may be secret in the address. */
  @Override
  public String toString() {
    return "http " + HttpFetch.shown(uri);
  }

  private void attempt() {
    long began = confidence.begin();
    try {
      HttpAnswer answer = fetch.get(goodTag);
      if (answer.status() == OK) {
        take(answer);
      } else if (answer.status() == NOT_MODIFIED && goodTag != null) {
        confidence.stillServes();
      } else {
        refuse("status " + answer.status() + " (expected: 200 or 304)", null);
        backoff.failed(answer.retryAfter());
        return;
      }
      confidence.confirmed(began);
      backoff.succeeded();
    } catch (FlagDocumentException e) {
      refuse(String.valueOf(e.getMessage()), null);
      backoff.succeeded(); // the server is well, and whoever mends the document waits for it
    } catch (IOException e) {
      refuse(String.valueOf(e.getMessage()), null);
      backoff.failed(null);
    } catch (InterruptedException e) {
      refuse("interrupted", null);
      Thread.currentThread().interrupt(); // the starter's; our own thread takes it for no end
    } catch (Throwable t) {
      refuse("failed: " + t, t);
      backoff.failed(null);
    }
  }

  private void take(HttpAnswer answer) throws FlagDocumentException {
    byte[] document = answer.body();
    if (Arrays.equals(document, good)) {
      confidence.stillServes();
      goodTag = answer.tag();
      return;
    }
    FlagSnapshot snapshot = FlagDocument.parse(document);
    if (thread.isClosed()) {
      return;
    }
    consumer.accept(snapshot);
    // Not before: a consumer that threw is offered the same document again, and a tag of a document
    // that is not in force would have the server confirm it.
    good = document;
    goodTag = answer.tag();
    confidence.serves(snapshot);
    if (lastKnownGood != null) {
      lastKnownGood.keep(stored(document, answer.tag()), this, log);
    }
  }

  private void load(LastKnownGood file) {
    try {
      StoredFlags stored = file.load();
      if (stored != null) {
        byte[] document = stored.document();
        FlagSnapshot snapshot = FlagDocument.parse(document);
        consumer.accept(snapshot);
        good = document;
        String tag = stored.revision().epoch();
        goodTag = tag.isEmpty() ? null : tag;
        confidence.servesFrom(file + ", until the server confirms it", snapshot);
      }
    } catch (IOException | FlagDocumentException | RuntimeException e) {
      log.warn("flags {}: last known good ignored: {}", this, e.toString());
    }
  }

  // The file has room for what tells one document from another; here that is the tag.
  private static StoredFlags stored(byte[] document, @Nullable String tag) {
    return new StoredFlags(new FlagRevision(1, tag == null ? "" : tag, ""), document);
  }

  private void refuse(String what, @Nullable Throwable cause) {
    if (thread.isClosed()) {
      return; // close() has interrupted a read
    }
    confidence.refused(what, cause);
  }

  /** The settings of a {@link HttpFlagSource}. Not thread-safe. */
  public static final class Builder {
    /** How often the document is asked for unless said otherwise. */
    public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(10);

    /** How long a connection may take unless said otherwise. */
    public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** How long a whole answer may take unless said otherwise. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    private final URI uri;
    private Duration pollInterval = DEFAULT_POLL_INTERVAL;
    private @Nullable Duration connectTimeout;
    private Duration timeout = DEFAULT_TIMEOUT;
    private int maxBytes = MaxBytes.DEFAULT;
    private Supplier<Map<String, String>> headers = Map::of;
    private @Nullable SSLContext sslContext;
    private @Nullable Path lastKnownGood;
    private Ticker ticker = Ticker.system();

    private Builder(URI uri) {
      String scheme = String.valueOf(uri.getScheme());
      if (!(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))
          || uri.getHost() == null) {
        throw new IllegalArgumentException(
            "uri: " + HttpFetch.shown(uri) + " (expected: http or https, and a host)");
      }
      if (uri.getUserInfo() != null) {
        throw new IllegalArgumentException(
            "uri: " + HttpFetch.shown(uri) + " with credentials (expected: them in headers)");
      }
      this.uri = uri;
    }

    /**
     * How often the document is asked for while all is well; ± 20 %, so that instances do not ask
     * together. 50 ms to 1 h. Default: 10 s.
     */
    public Builder pollInterval(Duration pollInterval) {
      this.pollInterval = requireNonNull(pollInterval, "pollInterval");
      return this;
    }

    /**
     * How long a connection may take, TLS included. 10 ms to {@link #timeout}. Default: 2 s, or the
     * timeout if that is shorter.
     */
    public Builder connectTimeout(Duration connectTimeout) {
      this.connectTimeout = requireNonNull(connectTimeout, "connectTimeout");
      return this;
    }

    /**
     * How long an attempt may take in all, from the name's resolution to the last byte, with all
     * redirects. Also how long a start may block. 10 ms to 1 min. Default: 5 s.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = requireNonNull(timeout, "timeout");
      return this;
    }

    /** The largest document that is read, 1 KiB to 256 MiB. Default: 16 MiB. */
    public Builder maxBytes(int maxBytes) {
      this.maxBytes = maxBytes;
      return this;
    }

    /**
     * Headers to send, {@code Authorization} say; asked for before each attempt, on the thread that
     * attempts, so that a token may be a new one each time. Their values are never logged. If it
     * throws, the attempt has failed. Default: none.
     */
    public Builder headers(Supplier<Map<String, String>> headers) {
      this.headers = requireNonNull(headers, "headers");
      return this;
    }

    /** Whom TLS trusts, and what it shows of itself. Default: the JDK's. */
    public Builder sslContext(SSLContext sslContext) {
      this.sslContext = requireNonNull(sslContext, "sslContext");
      return this;
    }

    /**
     * A file in which the last good document is kept, for a start while the server is away. It
     * belongs to one process, whose user can create files beside it; a broken one, or one of
     * another address, is ignored, with a warning. Default: none.
     */
    public Builder lastKnownGood(Path lastKnownGood) {
      this.lastKnownGood = requireNonNull(lastKnownGood, "lastKnownGood");
      return this;
    }

    /** What ages are read from. Default: the machine's clock. */
    Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /**
     * The source, not started yet.
     *
     * @throws IllegalArgumentException if a setting is out of its bounds
     */
    public HttpFlagSource build() {
      PollInterval.require(pollInterval);
      MaxBytes.require(maxBytes);
      AttemptTimeout.require(timeout);
      if (connectTimeout != null) {
        AttemptTimeout.requirePart("connectTimeout", connectTimeout, timeout);
      }
      return new HttpFlagSource(this);
    }

    private Duration connectTimeout() {
      if (connectTimeout != null) {
        return connectTimeout;
      }
      return timeout.compareTo(DEFAULT_CONNECT_TIMEOUT) < 0 ? timeout : DEFAULT_CONNECT_TIMEOUT;
    }
  }
}
