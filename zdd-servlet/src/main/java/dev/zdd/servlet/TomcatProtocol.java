package dev.zdd.servlet;

import java.util.Map;
import org.apache.catalina.connector.CoyoteAdapter;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1 protocol, drainable: what a {@link TomcatDrain} needs of a connector. Give it
 * to the connector, {@code new Connector(TomcatDrain.PROTOCOL)} or {@code new Connector(new
 * TomcatProtocol())}; it has the settings of {@link Http11NioProtocol}, and until the process
 * leaves it does what that does.
 *
 * <p>It is a class of its own, because Tomcat shows none of what is needed from outside: the accept
 * queue, the moment a response is committed, whether a connection is between two requests. All of
 * that is open to a subclass.
 */
// A module that uses this has Tomcat; one that does not must not be made to have it.
@SuppressWarnings("exports")
public final class TomcatProtocol extends Http11NioProtocol {
  private static final long DRAIN_TIMEOUT_NANOS = 1_000_000_000;

  private final TomcatEndpoint endpoint;

  /** The protocol with Tomcat's defaults. */
  public TomcatProtocol() {
    this(new TomcatEndpoint());
  }

  private TomcatProtocol(TomcatEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  TomcatEndpoint endpoint() {
    return endpoint;
  }

  // ---- HTTP/1.1: Connection: close, from the announcement on

  @Override
  protected Processor createProcessor() {
    return new TomcatProcessor(this, getAdapter());
  }

  /**
   * Tomcat asks when it has read a request's head; 1 makes it the connection's last. Of pipelined
   * requests that have been read together all are answered, and the last is the last.
   */
  @Override
  public int getMaxKeepAliveRequests() {
    TomcatProcessor processor = TomcatProcessor.atWork();
    if (processor == null || !endpoint.isLeaving()) {
      return super.getMaxKeepAliveRequests();
    }
    processor.mark(InFlightFilter.SAYS_CLOSE);
    // To an upgrade Tomcat would say both "upgrade" and "close".
    return processor.hasReadMore() || processor.isUpgradeRequest()
        ? super.getMaxKeepAliveRequests()
        : 1;
  }

  /**
   * Tomcat asks when it commits a response that has a body: the one place at which a response can
   * still be told to say close whose request came before the announcement.
   */
  @Override
  public boolean useCompression(Request request, Response response) {
    TomcatProcessor processor = TomcatProcessor.of(request);
    if (processor != null && endpoint.isLeaving()) {
      if (!processor.hasReadMore()) {
        sayClose(request, response);
      } else if (isSaidByFilter(request)) {
        // A filter cannot know that the next request has been read already; it will say so there.
        response.getMimeHeaders().removeHeader("Connection");
      }
    }
    return super.useCompression(request, response);
  }

  private static boolean isSaidByFilter(Request request) {
    return request.getNote(CoyoteAdapter.ADAPTER_NOTES)
            instanceof org.apache.catalina.connector.Request known
        && known.getAttribute(InFlightFilter.SAID_CLOSE) != null;
  }

  private static void sayClose(Request request, Response response) {
    MimeHeaders headers = response.getMimeHeaders();
    MessageBytes connection = headers.getValue("Connection");
    if (connection == null) {
      headers.addValue("Connection").setString("close");
    }
    // Tomcat does not chunk a response that says close: a client could not tell its end from a cut
    // connection. It does chunk one that may have trailers.
    boolean lengthUnknown =
        response.getContentLengthLong() == -1 && response.getTrailerFields() == null;
    if (lengthUnknown
        && request.protocol().equals("HTTP/1.1")
        && !"HEAD".equals(request.getMethod())) {
      response.setTrailerFields(TomcatProtocol::noTrailers);
    }
  }

  // Tomcat's for "none after all", and then the end of the chunks is the usual one.
  private static @Nullable Map<String, String> noTrailers() {
    return null;
  }

  // ---- HTTP/2 and WebSocket: remembered, to be told

  @Override
  public void addUpgradeProtocol(UpgradeProtocol upgradeProtocol) {
    // Between the two GOAWAYs. Tomcat's default is the last round trip it measured, and nothing
    // where it has measured none; a stream that was on its way would be refused.
    if (upgradeProtocol instanceof Http2Protocol http2 && http2.getDrainTimeout() == 0) {
      http2.setDrainTimeout(DRAIN_TIMEOUT_NANOS);
    }
    super.addUpgradeProtocol(upgradeProtocol);
  }

  @Override
  public @Nullable UpgradeProtocol getNegotiatedProtocol(String negotiatedName) {
    return watched(super.getNegotiatedProtocol(negotiatedName));
  }

  @Override
  public @Nullable UpgradeProtocol getUpgradeProtocol(String upgradedName) {
    return watched(super.getUpgradeProtocol(upgradedName));
  }

  private @Nullable UpgradeProtocol watched(@Nullable UpgradeProtocol protocol) {
    return protocol instanceof Http2Protocol http2 ? new WatchedHttp2(http2) : protocol;
  }

  @Override
  @SuppressWarnings("unchecked") // this endpoint's connections are of its kind
  protected Processor createUpgradeProcessor(
      SocketWrapperBase<?> connection, UpgradeToken upgradeToken) {
    Processor processor = super.createUpgradeProcessor(connection, upgradeToken);
    if ("websocket".equalsIgnoreCase(upgradeToken.protocol())) {
      endpoint.upgraded(
          connection,
          new TomcatUpgraded.WebSocket(endpoint, (SocketWrapperBase<NioChannel>) connection));
    } else if (getUpgradeProtocol("h2c") instanceof WatchedHttp2 watched
        && "h2c".equalsIgnoreCase(upgradeToken.protocol())) {
      watched.remember(connection, processor);
    }
    return processor;
  }

  /** Tomcat's HTTP/2, of which each connection is remembered. */
  private final class WatchedHttp2 implements UpgradeProtocol {
    private final Http2Protocol http2;

    WatchedHttp2(Http2Protocol http2) {
      this.http2 = http2;
    }

    void remember(SocketWrapperBase<?> connection, Processor processor) {
      endpoint.upgraded(
          connection, new TomcatUpgraded.Http2(endpoint, http2, processor, connection));
    }

    @Override
    public Processor getProcessor(SocketWrapperBase<?> connection, Adapter adapter) {
      Processor processor = http2.getProcessor(connection, adapter);
      remember(connection, processor);
      return processor;
    }

    @Override
    public String getHttpUpgradeName(boolean isSslEnabled) {
      return http2.getHttpUpgradeName(isSslEnabled);
    }

    @Override
    public byte[] getAlpnIdentifier() {
      return http2.getAlpnIdentifier();
    }

    @Override
    public String getAlpnName() {
      return http2.getAlpnName();
    }

    @Override
    public InternalHttpUpgradeHandler getInternalUpgradeHandler(
        SocketWrapperBase<?> connection, Adapter adapter, Request request) {
      return http2.getInternalUpgradeHandler(connection, adapter, request);
    }

    @Override
    public boolean accept(Request request) {
      return http2.accept(request);
    }

    @Override
    public void setHttp11Protocol(AbstractHttp11Protocol<?> protocol) {
      http2.setHttp11Protocol(protocol);
    }
  }
}
