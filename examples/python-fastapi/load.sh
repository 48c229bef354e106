#!/bin/sh
# A load of one's own: actorproof test --load ./load.sh. Any program will do that calls $DAPR_HTTP_ENDPOINT.
while :; do
    for order in 1 2 3 4 5 6 7 8; do
        at="$DAPR_HTTP_ENDPOINT/v1.0/actors/OrderActor/order-$order/method"
        curl -s -o /dev/null -X PUT -H 'Content-Type: application/json' -d '{"item": "tea"}' "$at/create" &
        curl -s -o /dev/null -X PUT "$at/status" &
        curl -s -o /dev/null -X PUT "$at/pay" &
        curl -s -o /dev/null -X PUT "$at/status" &
        wait
    done
done
