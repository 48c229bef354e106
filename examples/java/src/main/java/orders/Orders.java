package orders;

import io.dapr.actors.runtime.ActorRuntime;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Orders: actors with Dapr's Java SDK, as its documentation has them. Nothing here knows of Actorproof.
 *
 * <p>MISTAKE=answers-early breaks them on purpose: status is answered before its work has ended.
 */
@SpringBootApplication(scanBasePackages = {"orders", "io.dapr.springboot"})
public class Orders {
  static final boolean ANSWERS_EARLY = "answers-early".equals(System.getenv("MISTAKE"));

  public static void main(String[] args) {
    String mistake = System.getenv().getOrDefault("MISTAKE", "");
    if (!mistake.isEmpty() && !ANSWERS_EARLY) {
      throw new IllegalArgumentException("MISTAKE is " + mistake + ": choose answers-early, or none");
    }
    ActorRuntime.getInstance().getConfig().setActorIdleTimeout(Duration.ofSeconds(20));
    ActorRuntime.getInstance().getConfig().setDrainOngoingCallTimeout(Duration.ofSeconds(4));
    ActorRuntime.getInstance().getConfig().setDrainBalancedActors(true);
    ActorRuntime.getInstance().registerActor(OrderActorImpl.class);
    SpringApplication application = new SpringApplication(Orders.class);
    application.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", System.getenv("APP_PORT")));
    application.run(args);
  }
}
