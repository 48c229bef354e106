package orders;

import io.dapr.actors.ActorMethod;
import io.dapr.actors.ActorType;
import reactor.core.publisher.Mono;

/** What an order can be asked. */
@ActorType(name = "OrderActor")
public interface OrderActor {
  /** Stores the order, and has it cancelled in a while. */
  @ActorMethod(name = "create", returns = Order.class)
  Mono<Order> create(Wanted wanted);

  /** Stores that it was paid; it is not cancelled any more. */
  @ActorMethod(name = "pay", returns = Order.class)
  Mono<Order> pay();

  /** Tells the order as it is stored. */
  @ActorMethod(name = "status", returns = Order.class)
  Mono<Order> status();

  /** Fails each time, after a change that is not to stay. */
  @ActorMethod(name = "refuse", returns = Order.class)
  Mono<Order> refuse();
}
