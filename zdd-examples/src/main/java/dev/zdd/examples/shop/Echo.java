package dev.zdd.examples.shop;

import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /ws} on the servlet containers: sends each text message back. Public for them alone. */
public final class Echo extends Endpoint {
  /** Where the WebSocket is. */
  static final String PATH = "/ws";

  private static final Logger log = LoggerFactory.getLogger(Echo.class);

  /** For the container, which makes one for each session. */
  public Echo() {}

  static ServerEndpointConfig config() {
    return ServerEndpointConfig.Builder.create(Echo.class, PATH).build();
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    session.addMessageHandler(String.class, new SendBack(session));
  }

  @Override
  public void onError(Session session, Throwable e) {
    log.debug("a WebSocket broke", e);
  }

  private record SendBack(Session session) implements MessageHandler.Whole<String> {
    @Override
    public void onMessage(String message) {
      try {
        // Waits until it is written: two that are sent back at the same time are an error in
        // Tomcat.
        session.getBasicRemote().sendText(message);
      } catch (IOException | IllegalStateException e) {
        // The session has been closed, by the drain perhaps, while this message was on its way. To
        // throw would make Tomcat cut the connection instead of awaiting the client's close.
        log.debug("cannot be sent back any more", e);
      }
    }
  }
}
